import t from 'tap'
import type { Dataset } from '../../../src/datasets/folder.js'
import { loadBundle } from '../../../src/models/load.js'
import { copiesFor, judgePooled, MAX_COPIES, type PooledJudgement, weighed } from '../../../src/training/transfer/pooled.js'
import { recalibratedBundle } from '../../../src/training/transfer/recalibrated-bundle.js'
import { type Labelled, labelledOf } from '../../../src/training/transfer/standards.js'
import { provenance } from '../../support/tiny-folder.js'
import { fixture, tinyBundle, tinyGate, valueChanges } from '../../support/tiny-model.js'
import { samplesOf, valueBy } from '../../support/transfer-sets.js'

const COUNT = 6
const standards: Labelled = {
  ...{ task: 'value', labels: ['v'], unit: null, limits: null, rows: [], spectra: [] },
  ids: Array.from({ length: COUNT }, (_, n) => `s${n}`),
  groups: ['a', 'a', 'b', 'c', 'd', 'e'],
  truth: Array.from({ length: COUNT }, () => 0),
  values: Array.from({ length: COUNT }, () => 0),
}
const judgedBy = (copies: number, errors: readonly number[]): PooledJudgement => ({
  ...{ family: 'pls', copies },
  leftOut: { answers: Float64Array.from(errors), scores: [], refused: null },
})
const level = Array.from({ length: COUNT }, () => 1)

t.test('standards are counted so often that they have three, five or seven tenths of the weight, and no more than a limit', async (t) => {
  t.strictSame(copiesFor(42, 15), [1, 3, 7])
  t.strictSame(copiesFor(10_000, 15), [MAX_COPIES])
  t.strictSame(copiesFor(5, 500), [1], 'once at least')
})

t.test('another weight is taken only where it is better by a tenth', async (t) => {
  const slightly = level.map((error) => 0.95 * error)
  t.equal(weighed(standards, [judgedBy(3, level), judgedBy(1, slightly)]).copies, 3)
  t.equal(
    weighed(standards, [
      judgedBy(3, level),
      judgedBy(1, level),
      judgedBy(
        7,
        level.map(() => 0.5),
      ),
    ]).copies,
    7,
  )
})

t.test('an object has no part in the choice of the weight that answers for it, with all of its spectra', async (t) => {
  // The second weight is better by the object "a" alone.
  const { copies, leftOut } = weighed(standards, [judgedBy(3, level), judgedBy(7, [0.1, 0.1, 1, 1, 1, 1])])
  t.equal(copies, 7)
  t.strictSame([...leftOut.answers], [1, 1, 1, 1, 1, 1], '"a" is answered by the first: without it the two are level')
})

const gate = { ...tinyGate(), scalars: {}, limits: { t2: 100, q: 100 } }
const bundle = await tinyBundle(
  { ...valueChanges, gate, conformal: undefined, limits: {}, provenance: { ...provenance, target: 'band' } },
  fixture('moment'),
)
const model = await loadBundle(bundle)
t.teardown(() => model.close())
const { manifest, axis } = model.bundle
const said = (ratio: readonly number[]) => valueBy(model, ratio)
const labelled = (dataset: Dataset) => labelledOf(dataset, manifest, { column: 'band', group: null, axis })

t.test('standards that contradict the training data get the most weight that is offered', async (t) => {
  const training = labelled(await samplesOf(40, { truth: said, from: 200 }))
  // The same spectra mean 9 more here: a pooled model stands between the two, where the weights put it.
  const standards = labelled(await samplesOf(15, { truth: async (ratio) => (await said(ratio)) + 9 }))
  const { copies, leftOut } = await judgePooled(standards, training, manifest, axis, 1)
  const offered = copiesFor(40, 15)
  t.equal(copies, Math.max(...offered), `${offered.join(', ')}`)
  t.ok([...leftOut.answers].every(Number.isFinite))
})

t.test('the bundle is of the kind of model that was judged, kernel Ridge too', async (t) => {
  const [training, standards] = [await samplesOf(24, { truth: said, from: 200 }), await samplesOf(12, { truth: said })]
  const task = { manifest, axis, training: labelled(training), standards: labelled(standards), copies: 1, column: 'band' }
  for (const family of ['kernel-ridge', 'ridge'] as const) {
    const made = await recalibratedBundle({ ...task, family, names: { training, standards }, seed: 1, progress: () => {} })
    const own = await loadBundle(made)
    t.teardown(() => own.close())
    t.match(own.bundle.manifest.provenance?.winner, family === 'ridge' ? /^Ridge/ : /^Kernel Ridge/)
  }
})
