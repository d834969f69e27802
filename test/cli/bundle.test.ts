import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t, { type Test } from 'tap'
import { readBundle, writeBundle } from '../../src/models/bundle.js'
import { buildChain } from '../../src/preprocessing/chain.js'
import { inside } from '../support/command-line.js'
import { writeDataFolder } from '../support/data-folder.js'
import { answersOf, savedModel, tensorflow } from '../support/layers-models.js'
import { madeUpTablets } from '../support/made-up-data.js'
import { freshFolder, provenance, tinyFile } from '../support/tiny-folder.js'
import { draft, fixture, goldenOf, identityChanges, valueChanges } from '../support/tiny-model.js'

t.test('inspect shows what a bundle is, and as JSON the whole manifest with hash and sizes', async (t) => {
  const file = await tinyFile(t)
  const { out, exit } = await inside(t, 'bundle', 'inspect', file)
  t.equal(exit, 0)
  t.match(out, /^tiny 1\.0\.0: Three made-up materials\n/)
  t.match(out, /answers +one of 3 labels: early, middle, late\n/)
  t.match(out, /instruments +any with 995 to 1105 nm \(wavelength; made for 12 channels\)/)
  t.match(out, /chain +absorbance \(eps 0\.000001\) > resample \(method linear, grid of 8 from 1010 to 1094\) > level > snv/)
  t.match(out, /gate +lets 99 % of the known pass; 2 components of 60 objects; looks at level/)
  t.match(out, /decision +the only label must reach 0\.9/)
  t.match(out, new RegExp(`SHA-256 ${readBundle(readFileSync(file)).sha256}`))
  const json = JSON.parse((await inside(t, 'bundle', 'inspect', file, '--json')).out)
  t.match(json, { file, bytes: readFileSync(file).length, goldenCases: 33, manifest: { id: 'tiny', format: 1 } })
  t.equal(json.sha256, readBundle(readFileSync(file)).sha256)
})

t.test('inspect tells a value by unit, range and interval, an identity by its material, and flags that every answer carries', async (t) => {
  const value = await inside(t, 'bundle', 'inspect', await tinyFile(t, valueChanges, 'moment'))
  t.match(value.out, /answers +a value: band in au\n/)
  t.match(value.out, /intervals at 90 % from 9 objects; ambiguous at 190 and 210; known from 150 to 250/)
  const bare = await inside(t, 'bundle', 'inspect', await tinyFile(t, { ...valueChanges, conformal: undefined, gate: undefined }, 'moment'))
  t.match(bare.out, /gate +none/)
  t.match(bare.out, /flag +every answer carries interval-unavailable:/)
  const identity = await inside(t, 'bundle', 'inspect', await tinyFile(t, { ...identityChanges, provenance: undefined }, 'constant'))
  t.match(identity.out, /answers +whether it is tiny\n/)
  t.match(identity.out, /made from +nothing that it names/)
})

t.test('inspect shows figures with intervals and what a person should know', async (t) => {
  const figures = { accuracy: { value: 0.91234, interval: [0.8, 0.95] satisfies [number, number] } }
  const file = await tinyFile(t, { provenance: { ...provenance, figures, findings: ['days tell the labels'] } })
  const { out } = await inside(t, 'bundle', 'inspect', file)
  t.match(out, /figure +accuracy 0\.9123 \(95 %: 0\.8 to 0\.95\)/)
  t.match(out, /know that +days tell the labels/)
})

t.test('verify says check by check that the agent can use it here', async (t) => {
  const { out, exit, err } = await inside(t, 'bundle', 'verify', await tinyFile(t))
  t.match({ exit, err }, { exit: 0, err: '' })
  t.strictSame(
    out.match(/^OK {3}[a-z ]+:/gm),
    ['file', 'hashes', 'parts', 'graph', 'golden answers'].map((check) => `OK   ${check}:`),
  )
})

t.test('verify ends with 65 where a byte is changed, or it answers otherwise, and says where', async (t) => {
  const file = await tinyFile(t)
  const bytes = readFileSync(file)
  const damaged = Buffer.from(bytes)
  damaged[700] = (damaged[700] ?? 0) ^ 1
  writeFileSync(file, damaged)
  const broken = await inside(t, 'bundle', 'verify', file, '--json')
  t.equal(broken.exit, 65)
  t.match(JSON.parse(broken.out), { ok: false, sha256: null, checks: [{ check: 'bundle', ok: false }] })
  writeFileSync(file, writeBundle({ manifest: draft(), graph: fixture('bumps-changed'), golden: await goldenOf() }))
  const other = await inside(t, 'bundle', 'verify', file)
  t.equal(other.exit, 65)
  t.match(other.out, /^OK {3}graph:.*\nBAD {2}golden answers: .*golden case/m)
  t.match(other.err, /BUNDLE_SELFTEST/)
})

const kit = await tensorflow()
const steps = [
  { op: 'absorbance', eps: 1e-8 },
  { op: 'level', name: 'level' },
  { op: 'snv', ddof: 0 },
]

/** Prepared tablets, by the chain above. */
const prepared = () => {
  const { axis, rows } = madeUpTablets()
  const chain = buildChain(steps, axis)
  return rows.map(({ id, labels, values }) => {
    const out = new Float64Array(axis.values.length)
    chain.run(
      values.map((a) => 10 ** -a),
      out,
    )
    return { id, labels, row: Float32Array.from(out) }
  })
}

/** A model from elsewhere: the nearest class mean as one dense layer; or the assay along the line from weak to strong. */
const nearest = async (t: Test, isValue: boolean) => {
  const rows = prepared()
  const meanOf = (kind: string) => {
    const own = rows.filter(({ labels }) => labels['kind'] === kind)
    return Float32Array.from({ length: 40 }, (_, i) => own.reduce((sum, { row }) => sum + (row[i] ?? 0) / own.length, 0))
  }
  const kinds = ['plain', 'strong', 'weak'].map(meanOf)
  const [, strong = new Float32Array(0), weak = new Float32Array(0)] = kinds
  const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0)
  const along = strong.map((value, i) => value - (weak[i] ?? 0))
  const slope = 200 / dot(along, along)
  const columns = isValue ? [along.map((value) => value * slope)] : kinds.map((kind) => kind.map((value) => 2 * value))
  const bias = isValue ? [300 - slope * dot(along, strong)] : kinds.map((kind) => -dot(kind, kind))
  const model = kit.sequential()
  model.add(kit.layers.dense({ inputShape: [40], units: columns.length, activation: isValue ? 'linear' : 'softmax' }))
  model.setWeights([
    kit.tf.tensor2d(
      Float32Array.from({ length: 40 * columns.length }, (_, at) => columns[at % columns.length]?.[Math.floor(at / columns.length)] ?? 0),
      [40, columns.length],
    ),
    kit.tf.tensor1d(bias),
  ])
  return {
    file: await savedModel(t, kit, model),
    answers: answersOf(
      kit,
      model,
      rows.map(({ row }) => row),
      [40],
    ),
    rows,
  }
}

const workplace = (t: Test) => {
  const folder = freshFolder(t)
  const data = writeDataFolder(join(folder, 'data'), madeUpTablets())
  writeFileSync(join(folder, 'chain.yaml'), steps.map((step) => `- ${JSON.stringify(step)}\n`).join(''))
  return { data, chain: join(folder, 'chain.yaml'), out: join(folder, 'imported.s2m') }
}

t.test('an imported TF.js model answers on the agent as TF.js does, behind a gate, with sets from half of the objects', async (t) => {
  const { file, answers, rows } = await nearest(t, false)
  const { data, chain, out } = workplace(t)
  const place = ['--data', data, '--chain', chain, '--out', out]
  const done = await inside(
    t,
    'bundle',
    'import',
    '--model',
    dirname(file),
    '--labels',
    'plain,strong,weak',
    ...place,
    '--target',
    'kind',
    '--group',
    'object',
  )
  t.equal(done.exit, 0, done.err)
  t.match(done.out, /Calibrated on half of the objects by the column "kind": valid only if/)
  const { manifest } = readBundle(readFileSync(out))
  t.match(manifest, { task: 'class', outputs: { labels: ['plain', 'strong', 'weak'] }, input: { quantity: 'transmittance' } })
  t.match(manifest, {
    conformal: { method: 'lac', unit: 'object' },
    gate: { objects: 120 },
    provenance: { target: 'kind', split: /trained elsewhere/ },
  })
  const calibrated = manifest.conformal?.objects ?? 0
  t.ok(calibrated >= 45 && calibrated <= 75, `${calibrated} of 120 objects`)
  t.equal((await inside(t, 'bundle', 'verify', out)).exit, 0)
  const table = (await inside(t, 'predict', '--model', out, '--data', data, '--out', '-')).out.trim().split('\n').slice(1)
  const tops = answers.map((scores) => ['plain', 'strong', 'weak'][scores.indexOf(Math.max(...scores))])
  const same = table.filter((line, n) => line.split(',')[3] === tops[n]).length / rows.length
  t.ok(same >= 0.98, `${100 * same} % as TF.js`)
  const judged = JSON.parse((await inside(t, 'evaluate', '--model', out, '--data', data, '--json')).out)
  t.ok(judged.accuracy > 0.9, `accuracy ${judged.accuracy}`)
  t.ok(judged.rejected < 0.1, `rejected ${judged.rejected}`)
})

t.test('an imported value is in its unit, with intervals where the truth was named', async (t) => {
  const { file, answers } = await nearest(t, true)
  const { data, chain, out } = workplace(t)
  const place = ['--model', file, '--labels', 'dose', '--value', '--unit', 'mg', '--data', data, '--chain', chain, '--out', out]
  t.equal((await inside(t, 'bundle', 'import', ...place, '--target', 'dose_mg', '--group', 'object')).exit, 0)
  const table = (await inside(t, 'predict', '--model', out, '--data', data, '--out', '-')).out.trim().split('\n').slice(1)
  const far = table.map((line, n) => Math.abs(Number(line.split(',')[7]) - (answers[n]?.[0] ?? Number.NaN)))
  t.ok(Math.max(...far) < 5, `farthest ${Math.max(...far)} mg`)
  const judged = JSON.parse((await inside(t, 'evaluate', '--model', out, '--data', data, '--target', 'dose_mg', '--json')).out)
  t.ok(judged.coverage > 0.85 && judged.intervalWidth > 0, JSON.stringify(judged))
  const bare = await inside(t, 'bundle', 'import', ...place)
  t.match(bare.out, /Not calibrated: no column of the truth was named/)
  t.notOk(readBundle(readFileSync(out)).manifest.conformal)
  t.equal((await inside(t, 'bundle', 'verify', out)).exit, 0)
})

t.test('the same model, data and seed give the same bundle', async (t) => {
  const { file } = await nearest(t, false)
  const { data, chain, out } = workplace(t)
  const hash = async () => {
    const { out: text } = await inside(
      t,
      'bundle',
      'import',
      '--model',
      file,
      '--labels',
      'a,b,c',
      '--data',
      data,
      '--chain',
      chain,
      '--out',
      out,
      '--json',
    )
    return JSON.parse(text).sha256
  }
  t.equal(await hash(), await hash())
})

t.test('an import that does not fit is refused with what does', async (t) => {
  const { file } = await nearest(t, false)
  const { data, chain, out } = workplace(t)
  const run = (...args: string[]) => inside(t, 'bundle', 'import', '--model', file, '--data', data, '--chain', chain, '--out', out, ...args)
  t.match(await run('--labels', 'a,b'), { exit: 65, err: /seen: 3 outputs; allowed: 2, as many as labels/ })
  t.match(await run('--labels', 'a'), { exit: 64, err: /--labels.*one with --value/ })
  t.match(await run('--labels', 'a,b,c', '--target', 'colour'), { exit: 65, err: /no column "colour"/ })
  t.match(await run('--labels', 'a,b,c', '--id', 'Big Name'), { exit: 64, err: /--id.*lower-case/ })
  writeFileSync(chain, '- {op: absorbance, eps: 1.0e-8}\n- {op: resample, method: linear, grid: {from: 1000, to: 1300, step: 20}}\n')
  t.match(await run('--labels', 'a,b,c'), { exit: 65, err: /seen: 40 inputs; allowed: 16, the channels/ })
  writeFileSync(chain, 'op: snv\n')
  t.match(await run('--labels', 'a,b,c'), { exit: 78, err: /a YAML list of steps/ })
})
