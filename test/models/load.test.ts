import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { Failure } from '../../src/failures.js'
import type { Engine } from '../../src/inference/engine.js'
import { readBundle, writeBundle } from '../../src/models/bundle.js'
import { checkGoldenAnswers } from '../../src/models/golden.js'
import { loadBundle } from '../../src/models/load.js'
import type { Golden } from '../../src/models/manifest.js'
import { openModel } from '../../src/models/open.js'
import { draft, fixture, goldenOf, identityChanges, labels, madeUpGolden, tinyBundle, tinyGate, valueChanges } from '../support/tiny-model.js'

const graph = fixture('bumps')

t.test('a bundle is loaded from bytes and from a file, and answers its golden spectra', async (t) => {
  const bytes = await tinyBundle()
  const path = join(t.testdir(), 'tiny.s2m')
  writeFileSync(path, bytes)
  for (const source of [bytes, path]) {
    const model = await loadBundle(source)
    t.equal(model.bundle.sha256, readBundle(bytes).sha256)
    await model.close()
    await model.close()
  }
})

t.test('the golden answers that a trainer gets hold accepted, saturated, foreign and masked cases', async (t) => {
  const { cases } = await goldenOf()
  const said = (name: string) => cases.find((one) => one.name === name)?.want
  t.match(said('late 5'), { verdict: 'accepted', reason: null, top: 'late' })
  t.match(said('saturated'), { verdict: 'rejected', reason: 'saturated', top: 'early' }, 'its scores are there: its values were fit')
  t.match(said('foreign'), { verdict: 'unknown', reason: 'foreign' })
  t.strictSame(said('masked'), { verdict: 'rejected', reason: 'masked', top: null, scores: [] })
})

/** Golden answers of the right model in a bundle whose other parts are not those. */
const against = async (changes: Parameters<typeof draft>[0], otherGraph = graph) =>
  writeBundle({ manifest: draft(changes), graph: otherGraph, golden: await goldenOf() })

t.test('one changed weight is found', async (t) => {
  await t.rejects(loadBundle(await against({}, fixture('bumps-changed'))), {
    code: 'BUNDLE_SELFTEST',
    where: /^bundle: golden case \d+ "\w+ \d+": scores$/,
    seen: /top \w+, scores 0\.\d{4} /,
    allowed: /^accepted, top \w+, scores .* within 0\.001$/,
    cure: /doctor/,
  })
})

t.test('labels in another order are found', async (t) => {
  await t.rejects(loadBundle(await against({ outputs: { labels: [...labels].reverse() } })), {
    code: 'BUNDLE_SELFTEST',
    where: /"early 0": top label/,
    seen: /top late/,
  })
})

t.test('another temperature is found', async (t) => {
  await t.rejects(loadBundle(await against({ temperature: 0.9 })), { code: 'BUNDLE_SELFTEST', where: /: scores$/ })
})

t.test('another gate, confidence or chain is found', async (t) => {
  const gate = tinyGate()
  await t.rejects(loadBundle(await against({ gate: { ...gate, limits: { t2: 1e9, q: 1e9 } } })), {
    code: 'BUNDLE_SELFTEST',
    where: /"foreign": verdict/,
  })
  await t.rejects(loadBundle(await against({ limits: { confidence: 0.9999 } })), {
    code: 'BUNDLE_SELFTEST',
    where: /"early 0": verdict/,
    seen: /^unknown \(ambiguous\)/,
  })
  const chain = draft().chain.map((step) => (step.op === 'snv' ? { ...step, ddof: 0 } : step))
  await t.rejects(loadBundle(await against({ chain })), { code: 'BUNDLE_SELFTEST' })
})

t.test('a verdict may turn only where the wanted score is within the tolerance of the confidence', async (t) => {
  const golden = await goldenOf()
  const first = golden.cases[0]
  const top = Math.max(...(first?.want.scores ?? []))
  const model = async (confidence: number) => {
    const bundle = readBundle(
      writeBundle({ manifest: draft({ limits: { confidence } }), graph, golden: await goldenOf(draft({ limits: { confidence } })) }),
    )
    return { ...(await openModel(bundle)), bundle }
  }
  const turned = (one: Golden['cases'][number]): Golden['cases'][number] => ({
    ...one,
    want: { ...one.want, verdict: 'unknown', reason: 'ambiguous' },
  })
  for (const [distance, holds] of [
    [0.0009, true],
    [0.0011, false],
  ] as const) {
    const loaded = await model(top - distance)
    t.teardown(() => loaded.close())
    const cases = loaded.bundle.golden.cases.map((one, i) => (i === 0 ? turned(one) : one))
    const check = checkGoldenAnswers({ ...loaded, bundle: { ...loaded.bundle, golden: { ...golden, cases } } })
    if (holds) await t.resolves(check, `${distance} from the confidence`)
    else await t.rejects(check, { code: 'BUNDLE_SELFTEST', where: /"early 0": verdict/ }, `${distance} from the confidence`)
  }
})

/** A bundle that is right, with one golden answer changed; what its check then says. */
const checked = async (changes: Parameters<typeof draft>[0], onnx: Uint8Array, name: string, want: Partial<Golden['cases'][number]['want']>) => {
  const bundle = readBundle(await tinyBundle(changes, onnx))
  const model = await openModel(bundle)
  t.teardown(() => model.close())
  const cases = bundle.golden.cases.map((one) => (one.name === name ? { ...one, want: { ...one.want, ...want } } : one))
  return checkGoldenAnswers({ ...model, bundle: { ...bundle, golden: { ...bundle.golden, cases } } }).then(
    () => 'holds',
    (error: unknown) => (error instanceof Failure ? (error.where ?? '') : String(error)),
  )
}

t.test('a value may differ by the tolerance as a share of the trained range', async (t) => {
  const moment = fixture('moment')
  const { cases } = await goldenOf(draft(valueChanges), moment)
  const value = cases.find(({ name }) => name === 'middle 1')?.want.value ?? 0
  // Range 150 to 250, tolerance 0.001.
  t.equal(await checked(valueChanges, moment, 'middle 1', { value: value + 0.099 }), 'holds')
  t.match(await checked(valueChanges, moment, 'middle 1', { value: value - 0.101 }), /"middle 1": value$/)
  t.match(await checked(valueChanges, moment, 'middle 1', { value: null }), /"middle 1": value$/)
  t.match(await checked(valueChanges, moment, 'masked', { value: 200 }), /"masked": value$/)
  // Without a range the golden values span about 59.
  const unranged = { ...valueChanges, range: undefined }
  t.equal(await checked(unranged, moment, 'middle 1', { value: value + 0.05 }), 'holds')
  t.match(await checked(unranged, moment, 'middle 1', { value: value + 0.07 }), /"middle 1": value$/)
})

t.test('the verdict on a value may turn only where its interval is within the tolerance of a limit', async (t) => {
  const moment = fixture('moment')
  const { cases } = await goldenOf(draft(valueChanges), moment)
  const value = cases.find(({ name }) => name === 'middle 1')?.want.value ?? 0
  const limits = (gap: number) => ({ ...valueChanges, limits: { interval: [150, value + 4 + gap] satisfies [number, number] } })
  const turned = { verdict: 'unknown', reason: 'ambiguous' } as const
  t.equal(await checked(limits(0.09), moment, 'middle 1', turned), 'holds')
  t.match(await checked(limits(0.11), moment, 'middle 1', turned), /"middle 1": verdict$/)
  t.match(
    await checked(limits(0.09), moment, 'middle 1', { verdict: 'unknown', reason: 'foreign' }),
    /"middle 1": verdict$/,
    'the gate is no such limit',
  )
})

t.test('the verdict on a class may turn only where a score is within the tolerance of its bound', async (t) => {
  const { cases } = await goldenOf()
  const scores = cases.find(({ name }) => name === 'early 0')?.want.scores ?? []
  const second = 1 - (scores[1] ?? 0)
  const calibrated = (gap: number) => {
    const pooled = Array.from({ length: 19 }, (_, i) => (i === 18 ? second - gap : 0.5))
    return { limits: {}, conformal: { method: 'lac', alpha: 0.05, unit: 'object', objects: 19, pooled, classes: {} } } as const
  }
  const turned = { verdict: 'unknown', reason: 'ambiguous' } as const
  t.equal(await checked(calibrated(0.0002), graph, 'early 0', turned), 'holds')
  t.match(await checked(calibrated(0.01), graph, 'early 0', turned), /"early 0": verdict$/)
})

t.test('an identity gives its golden answers, and one that lets a foreign spectrum pass does not', async (t) => {
  const constant = fixture('constant')
  t.equal(await checked(identityChanges, constant, 'early 0', {}), 'holds')
  t.match(await checked(identityChanges, constant, 'foreign', { verdict: 'accepted', reason: null }), /"foreign": verdict$/)
  await t.resolves(loadBundle(await tinyBundle(identityChanges, constant)).then((model) => model.close()))
  await t.resolves(loadBundle(await tinyBundle(valueChanges, fixture('moment'))).then((model) => model.close()))
})

t.test('a graph with other channels or outputs than chain and labels is refused before it runs, and closed', async (t) => {
  for (const [name, seen] of [
    ['nine-channels', '9 channels in, 3 outputs'],
    ['four-labels', '8 channels in, 4 outputs'],
  ] as const)
    await t.rejects(loadBundle(writeBundle({ manifest: draft(), graph: fixture(name), golden: madeUpGolden() })), { code: 'BUNDLE_INVALID', seen })
  let closed = 0
  const engine: Engine = { inputs: 9, outputs: 3, predict: async () => new Float32Array(3), close: async () => void closed++ }
  await t.rejects(
    loadBundle(await tinyBundle(), async () => engine),
    { code: 'BUNDLE_INVALID' },
  )
  t.equal(closed, 1)
})

t.test('the engine is closed when the golden check fails', async (t) => {
  let closed = 0
  const engine: Engine = { inputs: 8, outputs: 3, predict: async (_, n) => new Float32Array(n * 3), close: async () => void closed++ }
  await t.rejects(
    loadBundle(await tinyBundle(), async () => engine),
    { code: 'BUNDLE_SELFTEST' },
  )
  t.equal(closed, 1)
})

t.test('numbers that are not finite never pass for an answer', async (t) => {
  const bundle = writeBundle({ manifest: draft(), graph: fixture('not-finite'), golden: await goldenOf() })
  await t.rejects(loadBundle(bundle), { code: 'BUNDLE_SELFTEST', seen: 'rejected (degenerate), no scores' })
})

t.test('a file that is not there, too large or no bundle is told with its path', async (t) => {
  const dir = t.testdir({ 'x.s2m': 'not a bundle' })
  await t.rejects(loadBundle(join(dir, 'none.s2m')), { code: 'BUNDLE_INVALID', where: join(dir, 'none.s2m'), seen: /ENOENT/, cure: /path/ })
  await t.rejects(loadBundle(join(dir, 'x.s2m')), { code: 'BUNDLE_INVALID', where: `${join(dir, 'x.s2m')} at byte 0` })
  await t.rejects(loadBundle(dir), { code: 'BUNDLE_INVALID', seen: /no regular file/ })
})
