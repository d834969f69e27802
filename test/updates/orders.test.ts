import t from 'tap'
import { abort, check, commit, heed, install, pin, rollback } from '../../src/updates/verbs.js'
import { begun, endless, judged, offers, openBundle, rigPlace, stuck, UNDER } from '../support/install-rig.js'

const { boot } = rigPlace

t.test('an order that comes twice, or while it is carried out, is done once', async (t) => {
  const { rig, first } = await begun()
  const again = () => rig.installer.order((record) => heed(record, first.target, UNDER, boot))
  await Promise.all([again(), again()])
  await rig.reached('probation')
  await again()
  await rig.reached('committed')
  await again()
  t.equal(rig.phases.filter((phase) => phase === 'fetching').length, 1)
})

t.test('another order takes the place of the one under way, also of one on trial', async (t) => {
  const { second } = await offers()
  for (const at of ['fetching', 'selftest', 'shadow', 'probation'] as const) {
    let held: typeof at | null = at
    const never = <T>(signal: AbortSignal): AsyncIterable<T> => ({ [Symbol.asyncIterator]: () => ({ next: () => stuck(signal) }) })
    const { rig, disk } = await begun({
      fetch: (target, { signal }) => (held === 'fetching' ? stuck(signal) : Promise.resolve(`/mirror/${target.sha256}.s2m`)),
      selfTest: (_, signal) => (held === 'selftest' ? stuck(signal) : Promise.resolve({ p95Ms: 1 })),
      host: {
        shadow: (_, signal) => (held === 'shadow' ? never(signal) : endless(() => ({ old: judged(), candidate: judged() }), signal)),
        results: (signal) => (held === 'probation' ? never(signal) : endless(() => judged(), signal)),
      },
    })
    await rig.reached(at)
    held = null
    await rig.installer.order((record) => heed(record, second.target, 'e'.repeat(64), boot))
    await rig.reached('committed')
    t.equal((await openBundle(disk)).model, second.target.sha256, at)
    t.strictSame(rig.installer.report().record.denied, [])
  }
})

t.test('abort ends what is under way and waits for nothing; pin and rollback hold until desired changes', async (t) => {
  const { rig, first } = await begun({
    fetch: (_, { signal }) => stuck(signal),
  })
  await rig.installer.order((record) => abort(record, UNDER, boot))
  t.match(rig.installer.report().record, { phase: 'rejected', reason: { code: 'ABORTED' }, target: null, override: { kind: 'pin', under: UNDER } })
  await rig.installer.order((record) => heed(record, first.target, UNDER, boot))
  t.equal(rig.installer.report().record.phase, 'rejected', 'the same content again is not heeded')
  await rig.installer.order((record) => heed(record, first.target, 'e'.repeat(64), boot))
  t.match(rig.installer.report().record, { phase: 'fetching', override: null })
  await t.rejects(
    rig.installer.order((record) => commit(record, boot)),
    { code: 'REQUEST_INVALID', seen: 'fetching' },
  )
  await rig.installer.stop()
})

t.test('a pin keeps what answers, an explicit install goes before what is desired, and both end with it', async (t) => {
  const { rig, first } = await begun()
  const { second } = await offers()
  const order = (verb: Parameters<typeof rig.installer.order>[0]) => rig.installer.order(verb)
  await rig.reached('committed')
  t.match(await order((record) => pin(record, UNDER, boot)), { override: { kind: 'pin' }, active: 'a', phase: 'committed' })
  t.match(await order((record) => heed(record, second.target, UNDER, boot)), { target: null })
  await order((record) => install(record, second.target, UNDER, boot))
  await rig.reached('fetching')
  t.match(rig.installer.report().record, { target: second.target, override: { kind: 'pin' } })
  await rig.installer.stop()
  const changed = 'e'.repeat(64)
  const { record } = rig.installer.report()
  t.match(heed(record, first.target, changed, boot).record, { override: null })
})

t.test('a rollback in probation goes back at once and denies nothing', async (t) => {
  const { rig } = await begun({ trial: { spectra: 50, results: 5, ms: 1 } })
  await rig.reached('probation')
  t.throws(() => pin(rig.installer.report().record, UNDER, boot), { code: 'REQUEST_INVALID' })
  t.throws(() => abort(rig.installer.report().record, UNDER, boot), { code: 'REQUEST_INVALID', allowed: 'model/rollback' })
  const record = await rig.installer.order((before) => rollback(before, UNDER, boot))
  t.match(record, { phase: 'rolled-back', active: null, target: null, denied: [], reason: { code: 'REQUESTED' }, override: { kind: 'rollback' } })
  t.strictSame(rig.answered, ['factory', 'a', 'factory'])
})

t.test('check changes nothing but asks the repository', async (t) => {
  let asked = 0
  const { rig } = await begun({ refresh: () => void asked++ })
  await rig.reached('committed')
  const before = rig.installer.report().record
  t.equal(await rig.installer.order(check), before)
  t.equal(asked, 1)
})
