import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { readDataset } from '../../../src/datasets/folder.js'
import { buildGate } from '../../../src/inference/gate.js'
import type { Step } from '../../../src/preprocessing/contract.js'
import { fitJointGate } from '../../../src/training/decision/joint-gate.js'
import { centerScaleOf, preparer } from '../../../src/training/prepare.js'

const project = fileURLToPath(new URL('../../../', import.meta.url))
const data = join(process.env['SPECTRO2MQTT_DATA'] ?? join(project, '..', 'shared', 'data'), 'textiles_nirscan')
const skip = existsSync(join(data, 'meta.json'))
  ? false
  : 'measured textiles are not in this repository: set SPECTRO2MQTT_DATA to a folder that holds the data set textiles_nirscan'

const MATERIALS = ['cotton', 'polyester', 'wool']
const FOLDS = 5
/** Share of each material, in the order of time, that the gate is made of. */
const FIRST = 0.6

const notes: readonly Step[] = [
  { op: 'level', name: 'level' },
  { op: 'level', name: 'contrast', statistic: 'sd' },
  { op: 'level', name: 'noise', statistic: 'noise' },
]
const chains: Readonly<Record<string, readonly Step[]>> = {
  snv: [...notes, { op: 'snv', ddof: 0 }],
  'derivative, then snv': [...notes, { op: 'savgol', window: 15, poly: 2, deriv: 1, mode: 'interp' }, { op: 'snv', ddof: 0 }],
}

t.test('each of three textiles in turn as the unknown one, limits from the first scans of the others', { skip }, async (t) => {
  const dataset = readDataset(data)
  const labels = dataset.rows.map((row) => row.labels['label'] ?? '')
  for (const [name, chain] of Object.entries(chains)) {
    const bare = preparer(chain, dataset.axis)
    const prepared = dataset.rows.flatMap(({ values }) => bare.prepare(values) ?? [])
    t.equal(prepared.length, dataset.rows.length)
    for (const unknown of MATERIALS) {
      const inTime = MATERIALS.filter((material) => material !== unknown).map((material) => {
        const own = labels.flatMap((label, n) => (label === material ? [n] : []))
        return own.sort((a, b) => Number(dataset.rows[a]?.labels['order']) - Number(dataset.rows[b]?.labels['order']))
      })
      const first = inTime.flatMap((own) => own.slice(0, FIRST * own.length))
      const later = inTime.flatMap((own) => own.slice(FIRST * own.length))
      const bareRows = first.map((n) => prepared[n]?.values ?? new Float64Array(0))
      const { prepare } = preparer([...chain, centerScaleOf(bareRows, 0.1)], dataset.axis)
      const scaled = dataset.rows.map(({ values }) => prepare(values))
      const { spec } = fitJointGate({
        rows: first.map((n) => scaled[n]?.values ?? new Float64Array(0)),
        folds: first.map((_, i) => (i * 7919) % FOLDS),
        groups: first.map((n) => `${n}`),
        scalars: Object.fromEntries(
          ['level', 'contrast', 'noise'].map((scalar) => [scalar, first.map((n) => scaled[n]?.scalars[scalar] ?? Number.NaN)]),
        ),
      })
      const gate = buildGate(spec)
      const refused = (rows: readonly number[]) => {
        const foreign = rows.filter((n) => gate.judge(scaled[n]?.values ?? new Float64Array(0), scaled[n]?.scalars ?? {}).foreign)
        return foreign.length / rows.length
      }
      const of = (label: string) => labels.flatMap((own, n) => (own === label ? [n] : []))
      const said = `${name}, without ${unknown} (k ${spec.k}):`
      t.ok(1 - refused(later) >= 0.93, `${said} later known accepted ${(1 - refused(later)).toFixed(3)}`)
      t.ok(refused(of('unknown')) >= 0.99, `${said} empty field refused ${refused(of('unknown')).toFixed(3)}`)
      t.ok(refused(of(unknown)) >= 0.95, `${said} unknown material refused ${refused(of(unknown)).toFixed(3)}`)
    }
  }
})
