import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { isFailure } from '../../src/failures.js'
import { readBundle, writeBundle } from '../../src/models/bundle.js'
import { MAX_BUNDLE_BYTES } from '../../src/models/bundle-size.js'
import type { Golden, GoldenCase, ManifestDraft } from '../../src/models/manifest.js'
import { readTar, writeTar } from '../../src/models/tar.js'
import { chain, draft, fixture, identityChanges, madeUpGolden, tinyGate, valueChanges } from '../support/tiny-model.js'

const graph = fixture('bumps')
const write = (changes: Partial<ManifestDraft> = {}, golden: Golden = madeUpGolden()) => writeBundle({ manifest: draft(changes), graph, golden })
const names = ['manifest.json', 'model.onnx', 'golden.json']
const parts = (bytes: Uint8Array) => readTar(bytes, names, 'x').map(({ name, data }) => ({ name, data: data.slice() }))
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
/** A bundle around any manifest at all, hashed and sealed as the rule says: what a careless or hostile writer could make. */
const sealed = (manifest: Readonly<Record<string, unknown>>): Uint8Array => {
  const golden = Buffer.from(JSON.stringify(madeUpGolden()))
  const hashed = {
    ...manifest,
    format: 1,
    graph: { engine: 'onnx', file: 'model.onnx', sha256: sha256(graph) },
    golden: { file: 'golden.json', sha256: sha256(golden) },
  }
  const zeros = JSON.stringify({ ...hashed, seal: '0'.repeat(64) })
  const data = Buffer.from(JSON.stringify({ ...hashed, seal: sha256(Buffer.from(zeros)) }))
  return writeTar([
    { name: 'manifest.json', data },
    { name: 'model.onnx', data: graph },
    { name: 'golden.json', data: golden },
  ])
}
/** The bundle with the text of one part replaced, hashes and seal left as they are. */
const altered = (name: string, from: string, to: string) =>
  writeTar(
    parts(write()).map((part) => {
      const text = Buffer.from(part.data).toString('latin1')
      if (part.name === name) t.ok(text.includes(from), `${from} stands in ${name}`)
      return part.name === name ? { name, data: Buffer.from(text.replace(from, to), 'latin1') } : part
    }),
  )

t.test('a bundle is read back as it was written, and its identity is the hash of the file', async (t) => {
  const bytes = write()
  const dir = t.testdir()
  writeFileSync(join(dir, 'x.s2m'), bytes)
  const bundle = readBundle(bytes)
  t.equal(bundle.sha256, execFileSync('sha256sum', [join(dir, 'x.s2m')], { encoding: 'utf8' }).slice(0, 64))
  t.strictSame([...bundle.graph], [...graph])
  t.strictSame(bundle.golden, madeUpGolden())
  t.match(bundle.manifest, { ...draft(), format: 1, graph: { engine: 'onnx', file: 'model.onnx' } })
  t.equal(bundle.axis.values.length, 12)
  t.equal(bundle.prepared.values.length, 8)
})

t.test('the same parts give the same bytes, whatever the order of the keys', async (t) => {
  const reversed = Object.fromEntries(Object.entries(draft()).reverse())
  const again = writeBundle({ manifest: { ...draft(), ...reversed }, graph: graph.slice(), golden: madeUpGolden() })
  t.equal(Buffer.compare(again, write()), 0)
  const other = Object.fromEntries([...Object.entries(draft()).reverse()])
  t.equal(Buffer.compare(writeBundle({ manifest: Object.assign(other, draft()), graph, golden: madeUpGolden() }), write()), 0)
  t.not(Buffer.compare(write({ title: 'Another' }), write()), 0)
})

t.test('reading changes nothing in the bytes that are read', async (t) => {
  // A Buffer, as it comes from a file: its slices are views.
  const bytes = Buffer.from(write())
  const before = Buffer.from(new Uint8Array(bytes))
  const bundle = readBundle(bytes)
  t.equal(Buffer.compare(bytes, before), 0)
  t.equal(bundle.sha256, sha256(before))
  bytes.fill(0)
  t.strictSame([...bundle.graph], [...graph], 'and the graph outlives them')
})

t.test('three files and nothing else: the tar of the system unpacks it, and tells dates and owners of nobody', async (t) => {
  const dir = t.testdir()
  writeFileSync(join(dir, 'x.s2m'), write())
  t.equal(execFileSync('tar', ['-tf', join(dir, 'x.s2m')], { encoding: 'utf8' }), 'manifest.json\nmodel.onnx\ngolden.json\n')
})

const refused = (bytes: Uint8Array): boolean => {
  try {
    readBundle(bytes)
    return false
  } catch (error) {
    if (isFailure(error, 'BUNDLE_INVALID')) return true
    throw error
  }
}

t.test('a bundle cut off at any length is refused', async (t) => {
  const bytes = write()
  t.strictSame(
    [...bytes.keys()].filter((length) => !refused(bytes.subarray(0, length))),
    [],
  )
})

t.test('a bundle with any one byte changed is refused', async (t) => {
  const bytes = write()
  const survivors = [...bytes.keys()].filter((at) => {
    const damaged = bytes.slice()
    damaged[at] = (damaged[at] ?? 0) ^ (1 << (at % 8))
    return !refused(damaged)
  })
  t.strictSame(survivors, [])
})

t.test('bytes behind the end, a date, another order: there is one way to write a bundle', async (t) => {
  const bytes = write()
  const longer = new Uint8Array(bytes.length + 512)
  longer.set(bytes)
  t.throws(() => readBundle(longer), { code: 'BUNDLE_INVALID', where: `bundle at byte ${bytes.length}`, seen: '512 bytes behind the end' })
  t.throws(() => readBundle(writeTar(parts(bytes).reverse())), { code: 'BUNDLE_INVALID', where: /^bundle at byte/ })
  const dir = t.testdir()
  for (const { name, data } of parts(bytes)) writeFileSync(join(dir, name), data)
  execFileSync('tar', ['--format=ustar', '-cf', join(dir, 'x.tar'), '-C', dir, ...names])
  t.throws(() => readBundle(readFileSync(join(dir, 'x.tar'))), { code: 'BUNDLE_INVALID', allowed: /without dates and owners/ })
})

t.test('another format is refused by name, before anything else is asked of it', async (t) => {
  t.throws(() => readBundle(altered('manifest.json', '"format":1', '"format":2')), {
    code: 'BUNDLE_INVALID',
    where: 'bundle: manifest.json format',
    seen: 'format 2',
    allowed: 'format 1',
    cure: /update spectro2mqtt/,
  })
  t.throws(() => readBundle(altered('manifest.json', '"format":1,', '')), { code: 'BUNDLE_INVALID', seen: 'format "none"' })
  const foreign = writeTar([{ name: 'manifest.json', data: Buffer.from('{"format":"2.0","files":[]}') }])
  t.throws(() => readBundle(foreign), { code: 'BUNDLE_INVALID', seen: 'format "2.0"' }, 'also where it lacks the other parts')
})

t.test('what was changed after writing is told by the part', async (t) => {
  t.throws(() => readBundle(altered('manifest.json', '"confidence":0.9', '"confidence":0.1')), {
    code: 'BUNDLE_INVALID',
    where: 'bundle: manifest.json',
    allowed: /it was changed after it was written/,
  })
  t.throws(() => readBundle(altered('model.onnx', 'spectro2mqtt', 'spectro2mqtT')), {
    code: 'BUNDLE_INVALID',
    where: 'bundle: model.onnx',
    allowed: /as the manifest says/,
  })
  t.throws(() => readBundle(altered('golden.json', '"accepted"', '"rejected"')), { code: 'BUNDLE_INVALID', where: 'bundle: golden.json' })
  t.throws(() => readBundle(altered('manifest.json', '{"format"', '{format')), {
    code: 'BUNDLE_INVALID',
    where: 'bundle: manifest.json',
    allowed: 'JSON in UTF-8',
  })
  t.throws(() => readBundle(altered('manifest.json', '"seal":', '"sale":')), { code: 'BUNDLE_INVALID', seen: 'no seal at its end' })
})

t.test('a part that is missing is named', async (t) => {
  const two = parts(write()).filter(({ name }) => name !== 'golden.json')
  t.throws(() => readBundle(writeTar(two)), { code: 'BUNDLE_INVALID', seen: 'no golden.json' })
  t.throws(() => readBundle(new Uint8Array(1024)), { code: 'BUNDLE_INVALID', seen: 'no manifest.json' })
  t.throws(() => readBundle(new Uint8Array(0)), { code: 'BUNDLE_INVALID', allowed: /truncated/ })
})

t.test('a file above the limit is refused unread', async (t) => {
  t.throws(() => readBundle(new Uint8Array(MAX_BUNDLE_BYTES + 1)), { code: 'BUNDLE_INVALID', seen: `${MAX_BUNDLE_BYTES + 1} bytes` })
  t.throws(() => readBundle(new Uint8Array(MAX_BUNDLE_BYTES)), { code: 'BUNDLE_INVALID', seen: 'no manifest.json' })
})

t.test('a bundle that someone else sealed by the rule is read', async (t) => {
  t.equal(readBundle(sealed({ ...draft() })).manifest.id, 'tiny')
})

const gate = tinyGate()
const badManifests: readonly (readonly [string, Readonly<Record<string, unknown>>, RegExp])[] = [
  ['a label twice', { outputs: { labels: ['a', 'b', 'a'] } }, /outputs\.labels.*"a" twice/],
  ['an axis that descends', { input: { ...draft().input, axis: { kind: 'wavelength', values: [3, 2, 1] } } }, /input\.axis.*3 then 2/],
  ['an operation that does not exist', { chain: [{ op: 'magic' }] }, /chain: .*magic/],
  ['a grid outside its own axis', { chain: [{ op: 'resample', method: 'linear', grid: [900, 1000] }], gate: undefined }, /1 channels outside/],
  ['a gate mean of another length', { gate: { ...gate, mean: [0] } }, /gate\.mean.*1 values.*8/],
  ['loadings of another length', { gate: { ...gate, loadings: [[1], [0]] } }, /gate\.loadings\.0.*1 values.*8/],
  ['fewer loadings than k', { gate: { ...gate, loadings: gate.loadings.slice(1) } }, /gate\.loadings.*1 rows.*k = 2/],
  ['fewer eigenvalues than k', { gate: { ...gate, eigenvalues: [1] } }, /gate\.eigenvalues.*k = 2/],
  ['loadings that are not orthonormal', { gate: { ...gate, loadings: [gate.loadings[0] ?? [], gate.loadings[0] ?? []] } }, /orthonormal/],
  ['as many components as objects', { gate: { ...gate, objects: 2 } }, /gate\.k.*fewer than 2 objects/],
  ['a scalar that nobody notes', { gate: { ...gate, scalars: { height: [0, 1] } } }, /scalars\.height.*no step/],
  ['a scalar range upside down', { gate: { ...gate, scalars: { level: [1, 0] } } }, /scalars\.level/],
  ['half a gate', { gate: { ...gate, limits: { t2: 1 } } }, /gate\.limits\.q/],
  ['a confidence of 1', { limits: { confidence: 1 } }, /limits\.confidence/],
  ['a key that is not known', { price: 1 }, /price/],
  ['a task that does not exist', { task: 'guess' }, /task/],
  ['half a drift reference', { gate: { ...gate, drift: { t2: { mean: 1, sd: 1 } } } }, /gate\.drift\.q/],
  ['a drift reference without spread', { gate: { ...gate, drift: { t2: { mean: 1, sd: 0 }, q: { mean: 1, sd: 1 } } } }, /gate\.drift\.t2\.sd/],
  ['an empty chain', { chain: [] }, /chain/],
]
for (const [name, changes, message] of badManifests)
  t.test(`${name} is refused`, async (t) => {
    t.throws(() => readBundle(sealed({ ...draft(), ...changes })), { code: 'BUNDLE_INVALID', message })
  })

const scores = Array.from({ length: 40 }, (_, i) => (i + 1) / 100)
const lac = { method: 'lac', alpha: 0.05, unit: 'object', objects: 40, pooled: scores, classes: { early: scores.slice(1) } } as const
const graphSha256 = sha256(graph)
const full = { ...lac, graphSha256 }
const value = { ...draft(valueChanges), conformal: { ...valueChanges.conformal, graphSha256 } }
const identity = draft(identityChanges)
/** Manifests by task, and what does not belong into them. */
const badDecisions: readonly (readonly [string, Readonly<Record<string, unknown>>, RegExp])[] = [
  ['a class of one label', { outputs: { labels: ['a'] } }, /outputs\.labels.*1 labels with the task class.*at least 2/],
  ['a value of two labels', { ...value, outputs: { labels: ['a', 'b'], unit: 'mg' } }, /2 labels with the task value.*exactly 1/],
  ['an identity of two labels', { ...identity, outputs: { labels: ['a', 'b'] } }, /2 labels with the task identity/],
  ['a value without a unit', { ...value, outputs: { labels: ['a'] } }, /outputs\.unit.*without a unit/],
  ['a class with a unit', { outputs: { labels: ['a', 'b', 'c'], unit: 'mg' } }, /outputs\.unit of a model with the task class/],
  ['a class with neither confidence nor scores', { limits: {} }, /neither limits\.confidence nor conformal/],
  ['a value with a confidence', { ...value, limits: { confidence: 0.9 } }, /limits\.confidence of a model with the task value/],
  ['a class with limits of a value', { limits: { confidence: 0.9, interval: [1, 2] } }, /limits\.interval of a model with the task class/],
  ['limits of a value upside down', { ...value, limits: { interval: [2, 1] } }, /limits\.interval.*\[2, 1\]/],
  ['a class with a range', { range: [1, 2] }, /range of a model with the task class/],
  ['a range upside down', { ...value, range: [2, 2] }, /range.*\[2, 2\]/],
  ['a value with a temperature', { ...value, temperature: 1 }, /temperature of a model with the task value/],
  ['a value with priors', { ...value, priors: [1] }, /priors of a model with the task value/],
  ['priors for two of three labels', { priors: [0.5, 0.5] }, /priors.*2 shares.*3/],
  ['priors that sum to more than 1', { priors: [0.5, 0.4, 0.4] }, /priors.*a sum of 1\.3/],
  ['an identity without a gate', { ...identity, gate: undefined }, /gate.*no gate/],
  ['a vote of values', { ...value, decision: { method: 'vote', scans: 3, hysteresis: 0 } }, /decision.*vote.*the mean/],
  ['hysteresis of values', { ...value, decision: { method: 'mean', scans: 3, hysteresis: 1 } }, /decision.*hysteresis 1/],
  ['65 scans', { decision: { method: 'mean', scans: 65, hysteresis: 0 } }, /decision\.scans/],
  ['half a decision', { decision: { method: 'mean', scans: 3 } }, /decision\.hysteresis/],
  ['scores of another method', { conformal: { ...full, method: 'absolute-residual' } }, /conformal\.method.*with the task class.*lac/],
  ['an identity with scores', { ...identity, conformal: full }, /conformal\.method.*no calibration scores/],
  ['half of the scores', { conformal: { ...full, classes: undefined } }, /conformal\.classes/],
  ['scores that fall', { conformal: { ...full, pooled: [...scores.slice(1), 0.01] } }, /conformal\.pooled.*0\.4 then 0\.01.*ascending/],
  ['scores above 1', { conformal: { ...full, pooled: [...scores.slice(1), 1.5] } }, /conformal\.pooled.*the score 1\.5/],
  ['more objects than scores', { conformal: { ...full, unit: 'spectrum', objects: 41 } }, /conformal\.pooled.*40 scores of 41 objects/],
  ['two scores of one object', { conformal: { ...full, objects: 39 } }, /conformal\.pooled.*one of each object/],
  ['scores of a label that is not there', { conformal: { ...full, classes: { constructor: scores } } }, /classes\.constructor.*does not have/],
  ['38 scores of a label', { conformal: { ...full, classes: { early: scores.slice(2) } } }, /classes\.early.*38 scores.*at least 39/],
  ['class-wise scores that fall', { conformal: { ...full, classes: { early: scores.toReversed() } } }, /classes\.early.*ascending/],
  ['scores of another graph', { conformal: { ...full, graphSha256: '0'.repeat(64) } }, /conformal\.graphSha256.*0000/],
  ['scores of no graph', { conformal: lac }, /conformal\.graphSha256/],
]
for (const [name, changes, message] of badDecisions)
  t.test(`${name}: refused`, async (t) => {
    t.throws(() => readBundle(sealed({ ...draft(), ...changes })), { code: 'BUNDLE_INVALID', message })
  })

t.test('everything that a class model may say is kept, and its scores are tied to the graph', async (t) => {
  const all: Partial<ManifestDraft> = {
    limits: { disagreement: 0.1 },
    gate: { ...gate, drift: { t2: { mean: 0.5, sd: 0.4 }, q: { mean: -1, sd: 0.2 } } },
    conformal: lac,
    decision: { method: 'vote', scans: 64, hysteresis: 16 },
    priors: [0.3333, 0.3333, 0.3333],
    families: ['chromation'],
    minAgent: '1.2.3',
    provenance: {
      ...{ data: 'd', dataSha256: graphSha256, citation: 'c', licence: 'l', target: 't', classes: 'x', split: 's', seed: 1, counts: 'none' },
      ...{ figures: {}, groups: 'by object', winner: 'pls by 0.01', linear: { value: 0.9, interval: [0.8, 1] }, findings: ['few objects'] },
    },
  }
  const { manifest } = readBundle(write(all))
  t.match(manifest, all)
  t.equal(manifest.conformal?.graphSha256, graphSha256)
  t.equal(Object.keys(manifest).at(-1), 'seal')
  t.equal(Buffer.compare(writeBundle({ manifest, graph, golden: madeUpGolden() }), write(all)), 0, 'what was read can be written again')
  t.throws(() => writeBundle({ manifest, graph: fixture('bumps-changed'), golden: madeUpGolden() }), {
    code: 'BUNDLE_INVALID',
    where: /conformal\.graphSha256/,
  })
})

t.test('a value model and an identity are bundles', async (t) => {
  const golden = madeUpGolden()
  const wanted = (want: Partial<GoldenCase['want']>) => ({
    ...golden,
    cases: golden.cases.map((one) => ({ ...one, want: { ...one.want, ...want } })),
  })
  const ofValue = wanted({ top: null, scores: [], value: 200 })
  t.match(readBundle(write(valueChanges, ofValue)).manifest, { task: 'value', outputs: { labels: ['band'], unit: 'au' }, range: [150, 250] })
  t.match(readBundle(write(identityChanges, wanted({ top: 'tiny', scores: [1] }))).manifest, { task: 'identity', outputs: { labels: ['tiny'] } })
  t.throws(() => write(valueChanges, wanted({ top: null, scores: [], value: null })), {
    code: 'BUNDLE_INVALID',
    seen: /^0 cases with scores or a value/,
  })
  t.throws(() => write(valueChanges), { code: 'BUNDLE_INVALID', seen: /3 scores/ }, 'a value has no scores')
  t.throws(() => write({}, wanted({ value: 3 })), { code: 'BUNDLE_INVALID', seen: /the value 3/ }, 'and a label no value')
})

const withCase = (change: (first: GoldenCase) => GoldenCase): Golden => {
  const golden = madeUpGolden()
  return { ...golden, cases: golden.cases.map((one, i) => (i === 0 ? change(one) : one)) }
}
const badGolden: readonly (readonly [string, Golden, RegExp])[] = [
  ['31 cases', { ...madeUpGolden(), cases: madeUpGolden().cases.slice(0, 31) }, /golden\.json cases/],
  ['a name twice', withCase((one) => ({ ...one, name: 'middle 1' })), /name that was used before/],
  ['values of another length', withCase((one) => ({ ...one, values: [1] })), /1 values.*12/],
  ['a flag that does not exist', withCase((one) => ({ ...one, flags: ['toString'] })), /flag "toString"/],
  ['a reason that does not exist', withCase((one) => ({ ...one, want: { ...one.want, verdict: 'unknown', reason: 'tired' } })), /reason "tired"/],
  ['accepted with a reason', withCase((one) => ({ ...one, want: { ...one.want, reason: 'foreign' } })), /accepted with the reason/],
  ['two scores for three labels', withCase((one) => ({ ...one, want: { ...one.want, scores: [0.5, 0.5] } })), /2 scores/],
  ['a top label that does not exist', withCase((one) => ({ ...one, want: { ...one.want, top: 'x' } })), /top label "x"/],
  [
    'seven cases with scores',
    { ...madeUpGolden(), cases: madeUpGolden().cases.map((one, i) => (i < 7 ? one : { ...one, want: { ...one.want, top: null, scores: [] } })) },
    /7 cases with scores.*at least 8/,
  ],
]
for (const [name, golden, message] of badGolden)
  t.test(`golden spectra with ${name} are refused`, async (t) => {
    t.throws(() => write({}, golden), { code: 'BUNDLE_INVALID', message })
  })

t.test('a chain without scalars goes with a gate without them', async (t) => {
  const without = chain.filter(({ op }) => op !== 'level')
  t.doesNotThrow(() => write({ chain: without, gate: { ...gate, scalars: {} } }))
})
