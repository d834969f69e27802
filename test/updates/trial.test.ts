import t from 'tap'
import { Failure } from '../../src/failures.js'
import { loadBundle } from '../../src/models/load.js'
import { phases } from '../../src/updates/contract.js'
import { examine } from '../../src/updates/examine.js'
import { createProbation, MAX_KEPT } from '../../src/updates/probation.js'
import { emptyRecord } from '../../src/updates/record.js'
import { comparable, createShadowTally } from '../../src/updates/shadow.js'
import { slotState, slotStateSchema } from '../../src/updates/state.js'
import { mixOf, mixShift, p95, tooSlow } from '../../src/updates/trial.js'
import { answer, judged, offers } from '../support/install-rig.js'
import { draft, valueChanges } from '../support/tiny-model.js'

t.test('three times slower counts only where somebody would notice', async (t) => {
  t.equal(p95(Array.from({ length: 100 }, (_, i) => i + 1)), 95)
  t.equal(p95([]), 0)
  t.match(tooSlow(31, 10), { code: 'TOO_SLOW', cause: 'model' })
  t.equal(tooSlow(30, 10), null)
  t.equal(tooSlow(9, 0.1), null, 'both are fast')
  t.equal(tooSlow(1000, null), null, 'nothing to compare with')
})

t.test('the mix of classes leaves out what was rejected, and its shift is a share', async (t) => {
  const mix = mixOf([answer('early'), answer('early'), answer('late'), answer(null), answer('late', { verdict: 'rejected' })])
  t.strictSame(Object.fromEntries(mix), { early: 2, late: 1, unknown: 1 })
  t.equal(mixShift(mix, mix), 0)
  t.equal(mixShift(mix, mixOf([answer('middle')])), 1)
  t.equal(mixShift(mix, new Map()), 0)
})

t.test('a shadow run needs as many spectra as both can judge, and refuses above the limit of the bundle', async (t) => {
  const run = (differing: number, disagreement?: number) => {
    const tally = createShadowTally(draft({ limits: { disagreement } }))
    const unfit = { ...judged(), answer: answer(null, { verdict: 'rejected' }) }
    for (let i = 0; i < 500; i++) if (tally.add({ old: unfit, candidate: unfit }) !== 'on') return 'judged too soon'
    for (let i = 0; i < 49; i++)
      if (tally.add({ old: judged(), candidate: judged(i < differing ? 'late' : 'early') }) !== 'on') return 'judged too soon'
    return tally.add({ old: judged(), candidate: judged() })
  }
  t.equal(run(10), 'done', '20 % are allowed')
  t.match(run(11), { code: 'DISAGREES', text: /11 of 50.*22 %, allowed 20 %/ })
  t.equal(run(11, 0.3), 'done')
  t.match(run(3, 0.05), { code: 'DISAGREES' })
  t.match(createShadowTally(draft()).add({ old: judged(), candidate: judged('early', { finite: false }) }), { code: 'NOT_FINITE' })
})

t.test('a candidate that judges what the model before could not has nothing to differ from', async (t) => {
  const tally = createShadowTally(draft(), 3)
  const pair = { old: { ...judged(), answer: answer(null, { verdict: 'rejected' }) }, candidate: judged() }
  t.strictSame([tally.add(pair), tally.add(pair), tally.add(pair)], ['on', 'on', 'done'])
  t.equal(tally.found().disagreement, null)
})

t.test('values differ where their intervals do not meet', async (t) => {
  const given = (value: number, interval: [number, number] | null) => ({ ...judged(), answer: answer('band', { task: 'value', value, interval }) })
  const disagreement = (a: ReturnType<typeof given>, b: ReturnType<typeof given>) => {
    const tally = createShadowTally(draft(valueChanges), 1)
    tally.add({ old: a, candidate: b })
    return tally.found().disagreement
  }
  t.equal(disagreement(given(200, [195, 205]), given(209, [204, 214])), 0)
  t.equal(disagreement(given(200, [195, 205]), given(211, [206, 216])), 1)
  t.equal(disagreement(given(200, null), given(209, null)), 0, 'within a tenth of the range')
  t.equal(disagreement(given(200, null), given(211, null)), 1)
  t.notOk(comparable(draft(), draft(valueChanges)))
  t.notOk(comparable(draft(), draft({ outputs: { labels: ['x'] } })))
  t.ok(comparable(draft(), draft({ outputs: { labels: ['early', 'x'] } })))
})

t.test('probation ends with enough answers and time, or at the second failure of the engine', async (t) => {
  const probation = createProbation({ results: 3, ms: 1000, before: null }, 0)
  t.strictSame(
    [0, 0, 0, 999, 1000].map((at) => probation.add(judged(), at)),
    ['on', 'on', 'on', 'on', 'stood'],
  )
  const failing = createProbation({ results: 3, ms: 0, before: null }, 0)
  t.equal(failing.add(new Failure('INVARIANT'), 0), 'on')
  t.match(failing.add(new Failure('INVARIANT'), 0), { code: 'ENGINE_FAILED', cause: 'model' })
  const long = createProbation({ results: Number.POSITIVE_INFINITY, ms: 0, before: { disagreement: 0, oldMix: null, oldP95Ms: 1 } }, 0)
  for (let i = 0; i < 2 * MAX_KEPT; i++) if (long.add(judged(), i) !== 'on') t.fail('a good one was ended')
  let outcome = long.add(judged('early', { inferMs: 50 }), 0)
  for (let i = 0; outcome === 'on' && i < MAX_KEPT; i++) outcome = long.add(judged('early', { inferMs: 50 }), 0)
  t.match(outcome, { code: 'TOO_SLOW' }, 'what was fast long ago does not cover it')
})

t.test('an engine that gives other bits the second time, or a number that is not finite, is found', async (t) => {
  const { first } = await offers()
  const model = await loadBundle(first.bytes)
  const now = () => 0
  t.match(await examine(model, now), { p95Ms: 0 })
  let calls = 0
  const withBits = (change: (outputs: Float32Array | null) => void) => ({
    ...model,
    batcher: {
      ...model.batcher,
      run: async (row: Float64Array | null) => {
        const outputs = await model.batcher.run(row)
        change(outputs)
        return outputs
      },
    },
  })
  const trembling = withBits((outputs) => {
    if (outputs && calls++ === 40) outputs[0] = (outputs[0] ?? 0) * (1 + 2 ** -20)
  })
  t.match(await examine(trembling, now), { reason: { code: 'NOT_DETERMINISTIC', cause: 'model' } })
  t.match(
    await examine(
      withBits((outputs) => outputs?.fill(Number.NaN)),
      now,
    ),
    { reason: { code: 'NOT_FINITE', cause: 'model' } },
  )
  await model.close()
})

t.test('the state says every key, whatever is known', async (t) => {
  const { first, second } = await offers()
  const known = ({ target: { id, version, sha256, seq } }: typeof first) => ({ id, version, sha256, seq })
  const factory = { ...known(first), seq: null, version: '1.0.0' }
  const nothing = { factory: null, progress: null, disagreement: null, latest: null, desired: null, refusal: null }
  for (const phase of phases) {
    const empty = slotState({ ...emptyRecord, phase }, nothing)
    t.strictSame(slotStateSchema.parse(JSON.parse(JSON.stringify(empty))), empty)
    t.equal(Object.values(empty).filter((value) => value === null).length, 10)
  }
  const record = { ...emptyRecord, active: 'a', sides: { a: known(first), b: null }, phase: 'fetching', target: second.target } as const
  const full = slotState(record, {
    factory,
    progress: { done: 1, total: 2, unit: 'bytes' },
    disagreement: 0.1,
    latest: second.target,
    desired: { model: 'lab/tiny' },
    refusal: { why: 'rollout', text: 'later' },
  })
  t.strictSame(slotStateSchema.parse(full), full)
  t.match(full, {
    installed: known(first),
    previous: factory,
    target: known(second),
    latest: known(second),
    desired: { model: 'lab/tiny', version: null },
  })
})
