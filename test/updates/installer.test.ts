import t from 'tap'
import { Failure } from '../../src/failures.js'
import type { Phase } from '../../src/updates/contract.js'
import { RETRY_MS } from '../../src/updates/installer.js'
import { reason } from '../../src/updates/reason.js'
import * as verbs from '../../src/updates/verbs.js'
import {
  begun,
  endless,
  judged,
  offerOf,
  offers,
  openBundle,
  type RigParts,
  rigPlace,
  sha256,
  startImage,
  startRig,
  UNDER,
} from '../support/install-rig.js'
import { memoryDisk } from '../support/memory-disk.js'
import { tinyBundle } from '../support/tiny-model.js'

const { boot } = rigPlace
t.test('a good bundle goes through every state, and answers after the next start', async (t) => {
  const { disk, rig, first } = await begun()
  await rig.reached('committed')
  t.strictSame(rig.phases, ['fetching', 'verified', 'staged', 'selftest', 'shadow', 'probation', 'committed'] satisfies Phase[])
  t.strictSame(rig.answered, ['factory', 'a'])
  t.equal((await openBundle(disk)).model, first.target.sha256)
  t.strictSame(rig.told, [])
})

t.test('the next one goes to the other side; a rollback brings back the one before, then the factory bundle', async (t) => {
  const { disk, rig, first } = await begun()
  const { second, factory } = await offers()
  await rig.reached('committed')
  const next = await startRig(disk)
  await next.installer.order((record) => verbs.heed(record, second.target, 'e'.repeat(64), boot))
  await next.reached('committed')
  t.equal((await openBundle(disk)).model, second.target.sha256)
  for (const sha of [first.target.sha256, sha256(factory)]) {
    await next.installer.order((record) => verbs.rollback(record, UNDER, boot))
    t.equal((await openBundle(disk)).model, sha)
  }
  t.strictSame(next.answered, ['a', 'b', 'a', 'factory'])
  await t.rejects(
    next.installer.order((record) => verbs.rollback(record, UNDER, boot)),
    { code: 'REQUEST_INVALID', seen: /factory/ },
  )
})

const failing: readonly [string, RigParts, { phase: Phase; code: string }][] = [
  ['a self-test that fails', { selfTest: async () => ({ reason: reason('NOT_FINITE') }) }, { phase: 'rejected', code: 'NOT_FINITE' }],
  [
    'a self-test that takes over three times as long',
    { selfTest: async ({ path }) => ({ p95Ms: path.includes('models') ? 31 : 10 }) },
    { phase: 'rejected', code: 'TOO_SLOW' },
  ],
  [
    'other answers than the model that runs',
    { host: { shadow: (_, signal) => endless((i) => ({ old: judged(), candidate: judged(i % 4 === 0 ? 'late' : 'early') }), signal) } },
    { phase: 'rolled-back', code: 'DISAGREES' },
  ],
  [
    'an engine that fails in the shadow run',
    {
      host: {
        shadow: (_, signal) =>
          endless(() => {
            throw new Error('bad kernel')
          }, signal),
      },
    },
    { phase: 'rolled-back', code: 'ENGINE_FAILED' },
  ],
  [
    'a number that is not finite in probation',
    { host: { results: (signal) => endless(() => judged(null, { finite: false }), signal) } },
    { phase: 'rolled-back', code: 'NOT_FINITE' },
  ],
  [
    'an engine that fails twice in probation',
    { host: { results: (signal) => endless(() => new Failure('INVARIANT'), signal) } },
    { phase: 'rolled-back', code: 'ENGINE_FAILED' },
  ],
  [
    'answers that come over three times later in probation than before',
    { trial: { spectra: 50, results: 100, ms: 0 }, host: { results: (signal) => endless(() => judged('early', { inferMs: 11 }), signal) } },
    { phase: 'rolled-back', code: 'TOO_SLOW' },
  ],
]
for (const [name, parts, { phase, code }] of failing)
  t.test(`${name}: back to the model before, denied, not tried again`, async (t) => {
    const { disk, rig, first } = await begun(parts)
    await rig.reached(phase)
    await rig.clock.advance(24 * 3_600_000)
    const { record } = rig.installer.report()
    t.match(record, { phase, reason: { code, cause: 'model' }, denied: [first.target.sha256], active: null, target: null })
    t.equal(rig.answered.at(-1), 'factory')
    t.equal(rig.phases.filter((each) => each === 'fetching').length, 1)
    await t.rejects(
      rig.installer.order((before) => verbs.install(before, first.target, UNDER, boot)),
      { code: 'REQUEST_INVALID', seen: /failed here before/ },
    )
    t.equal((await openBundle(disk)).record.denied[0], first.target.sha256, 'also after a start')
  })

t.test('a cause in the machine is tried again after 1, 5 and 30 minutes, and then each 30, and the bundle is never denied', async (t) => {
  let fetches = 0
  const { rig } = await begun({
    fetch: async (target) => {
      fetches++
      if (fetches < 6) throw new Failure('NETWORK_FAILED')
      return `/mirror/${target.sha256}.s2m`
    },
  })
  await rig.clock.advance(0)
  const seen: number[] = []
  for (const minutes of [1, 5, 30, 30]) {
    await rig.clock.advance(minutes * 60_000 - 1)
    const before = fetches
    await rig.clock.advance(1)
    seen.push(before, fetches)
  }
  t.strictSame(seen, [1, 2, 2, 3, 3, 4, 4, 5])
  t.match(rig.installer.report().record, { phase: 'rejected', reason: { code: 'NETWORK_FAILED', cause: 'machine' }, denied: [] })
  await rig.clock.advance(30 * 60_000)
  await rig.reached('committed')
  t.strictSame(rig.installer.report().record.denied, [])
})

t.test('a class mix that shifts while both models agree is told once and ends nothing', async (t) => {
  const { rig } = await begun({
    trial: { spectra: 50, results: 200, ms: 0 },
    host: { results: (signal) => endless((i) => judged(i % 2 === 0 ? 'late' : 'early'), signal) },
  })
  await rig.reached('committed')
  t.strictSame(rig.told, ['mix-shift'])
})

t.test('probation lasts until answers and time are both enough, or until commit', async (t) => {
  const { rig } = await begun({ trial: { spectra: 50, results: 5, ms: 60_000 } })
  await rig.reached('probation')
  await rig.clock.advance(59_999)
  t.equal(rig.installer.report().record.phase, 'probation')
  await rig.clock.advance(1)
  await rig.reached('committed')
  const { rig: other } = await begun({ trial: { spectra: 50, results: 5, ms: 60_000 } })
  await other.reached('probation')
  await other.installer.order((record) => verbs.commit(record, boot))
  t.match(other.installer.report().record, { phase: 'committed', active: 'a', target: null })
})

t.test('a bundle that was not made for what is here is refused, not denied and not tried again by itself', async (t) => {
  const { rig } = await begun({ host: { fits: () => new Failure('BUNDLE_INVALID', { where: 'families' }) } })
  await rig.reached('rejected')
  t.match(rig.installer.report().record, { reason: { code: 'UNFIT', cause: 'order' }, denied: [], target: null })
})

t.test('a bundle that cannot be loaded when it should answer leaves the one before', async (t) => {
  const { rig } = await begun({
    host: {
      answer: async ({ side }) => {
        if (side === 'a') throw new Failure('BUNDLE_SELFTEST')
      },
    },
  })
  await rig.reached('rolled-back')
  t.match(rig.installer.report().record, { active: null, reason: { code: 'BUNDLE_SELFTEST', cause: 'model' } })
})

t.test('a bundle with no label in common is not held against the one before', async (t) => {
  const other = offerOf(await tinyBundle({ version: '2.0.0', outputs: { labels: ['x', 'y', 'z'] } }), '2.0.0', 3)
  const disk = memoryDisk(new Map([...(await startImage()), [other.path, other.bytes]]))
  const rig = await startRig(disk, { host: { shadow: (_, signal) => endless(() => ({ old: judged(), candidate: judged('x') }), signal) } })
  await rig.installer.order((record) => verbs.heed(record, other.target, UNDER, boot))
  await rig.reached('committed')
  t.equal(rig.installer.report().disagreement, null)
})

t.test('a bundle that is listed as another one than it says itself is not taken: results would name another model than is installed', async (t) => {
  for (const changes of [{ version: '1.9.0' }, { id: 'other', version: '2.0.0' }]) {
    const other = offerOf(await tinyBundle(changes), '2.0.0', 3)
    const disk = memoryDisk(new Map([...(await startImage()), [other.path, other.bytes]]))
    const rig = await startRig(disk)
    await rig.installer.order((record) => verbs.heed(record, other.target, UNDER, boot))
    await rig.reached('rejected')
    t.match(rig.installer.report().record, { reason: { code: 'UNFIT', cause: 'order', text: /listed as tiny 2\.0\.0/ }, denied: [], target: null })
  }
})

t.test('an instrument that is plugged in during the trial, and for which the bundle was not made, ends it before it answers', async (t) => {
  const instruments: string[] = []
  const fits = () => (instruments.length > 0 ? new Failure('BUNDLE_UNFIT', { where: 'instruments' }) : null)
  const onPhase = (phase: string) => void (phase === 'shadow' && instruments.push('one'))
  const { rig } = await begun({ host: { fits }, onPhase })
  await rig.reached('rolled-back')
  t.match(rig.installer.report().record, { active: null, reason: { code: 'UNFIT', cause: 'order' }, denied: [] })
  t.strictSame(rig.answered, ['factory'])
})

t.test('a factory bundle that is spoilt while it answers does not blame the bundle on trial, which waits for it', async (t) => {
  const disk = memoryDisk(await startImage())
  const { first } = await offers()
  const whole = await disk.read(rigPlace.factory)
  let spoilt = false
  const onPhase = (phase: string) => {
    if (phase !== 'selftest' || spoilt) return
    spoilt = true
    void disk.write(rigPlace.factory, new Uint8Array(100))
  }
  const rig = await startRig(disk, { onPhase })
  await rig.installer.order((record) => verbs.heed(record, first.target, UNDER, boot))
  await rig.reached('rolled-back')
  t.match(rig.installer.report().record, { reason: { code: 'SIDE_DAMAGED', cause: 'machine' }, denied: [], target: { sha256: first.target.sha256 } })
  t.strictSame(rig.answered, ['factory'])
  await disk.write(rigPlace.factory, whole ?? new Uint8Array())
  await rig.clock.advance(RETRY_MS[0])
  await rig.reached('committed')
})

t.test('a step back to a factory bundle that is not there any more is refused: nothing would answer after the next start', async (t) => {
  const { disk, rig, first } = await begun()
  await rig.reached('committed')
  const whole = await disk.read(rigPlace.factory)
  await disk.remove(rigPlace.factory)
  const back = () => rig.installer.order((record) => verbs.rollback(record, UNDER, boot))
  await t.rejects(back(), { code: 'REQUEST_INVALID', seen: /factory bundle cannot be read/ })
  t.match(rig.installer.report().record, { active: 'a', phase: 'committed' })
  t.equal((await openBundle(disk)).model, first.target.sha256)
  await disk.write(rigPlace.factory, whole ?? new Uint8Array())
  t.match(await back(), { active: null, phase: 'rolled-back' })
})
