import t from 'tap'
import { Failure } from '../../src/failures.js'
import { PUBLISH_MS } from '../../src/updates/keeper.js'
import { placeOf } from '../../src/updates/rollout.js'
import { SETTLE_MS } from '../../src/updates/updates.js'
import { offerOf, offers, stuck } from '../support/install-rig.js'
import { memoryDisk } from '../support/memory-disk.js'
import { listingOf, ordersRig } from '../support/orders-rig.js'

const TINY = { model: 'lab/tiny' }
const MINUTE_MS = 60_000

t.test('a rollback holds through looks into the repository and connections, is shown, and ends with another order', async (t) => {
  const { first, second } = await offers()
  const rig = await ordersRig()
  rig.updates.start()
  await rig.settle(TINY)
  await rig.ended('committed')
  t.match(await rig.updates.rollback('default'), {
    ...{ override: 'rollback', refusal: { why: 'overridden' }, installed: { version: '1.0.0' }, reason: { code: 'REQUESTED' } },
  })
  rig.repository.listing = listingOf([first, second])
  await rig.updates.check('default')
  await rig.settle(TINY)
  t.match(rig.updates.state('default'), { phase: 'rolled-back', override: 'rollback', latest: { version: '1.2.0' } })
  rig.desire({ ...TINY, version: '1.2.0' })
  await rig.clock.advance(0)
  t.match(await rig.ended('committed'), { installed: { version: '1.2.0' }, override: null, refusal: null })
  await rig.updates.stop()
})

t.test('a pin that comes with the connection waits for the orders of it, and holds against them', async (t) => {
  const rig = await ordersRig()
  rig.updates.start()
  rig.updates.connected()
  const pinned = rig.updates.pin('default')
  await rig.clock.advance(SETTLE_MS / 2)
  rig.desire(TINY)
  await rig.clock.advance(SETTLE_MS)
  t.match(await pinned, { override: 'pin', refusal: { why: 'overridden' } })
  await rig.clock.advance(120 * MINUTE_MS)
  t.match(rig.updates.state('default'), { phase: 'idle', installed: { version: '1.0.0' } })
  t.strictSame(rig.repository.fetched, [])
  await rig.updates.stop()
})

t.test('an install by request goes before what is desired, asks for what is not listed yet, and says why it cannot be', async (t) => {
  const { first, second } = await offers()
  const rig = await ordersRig()
  rig.updates.start()
  await rig.settle(TINY)
  await rig.ended('committed')
  await t.rejects(rig.updates.install('default', { ...TINY, version: '1.2.0' }), { code: 'REQUEST_INVALID', seen: /not listed/ })
  rig.repository.listing = listingOf([first, second])
  await rig.updates.install('default', { ...TINY, version: '1.2.0' })
  while (rig.updates.state('default').installed?.version !== '1.2.0') await rig.ended('committed')
  t.match(rig.updates.state('default'), { override: 'pin', refusal: { why: 'overridden' } })
  await rig.updates.stop()
})

t.test('a failure of the machine is tried again after its back-off: the same order once more makes that no sooner, check does', async (t) => {
  const rig = await ordersRig()
  rig.repository.fetch = async () => {
    throw new Failure('STORE_FAILED')
  }
  rig.updates.start()
  await rig.settle(TINY)
  await rig.ended('rejected')
  for (let i = 0; i < 5; i++) rig.desire(TINY)
  await rig.settle(TINY)
  t.strictSame(rig.repository.fetched, ['1.1.0'])
  await rig.clock.advance(MINUTE_MS)
  t.strictSame(rig.repository.fetched, ['1.1.0', '1.1.0'])
  await rig.updates.check('default')
  await rig.clock.advance(0)
  t.equal(rig.repository.fetched.length, 3)
  await rig.updates.stop()
})

t.test('a transfer that failed is gone on with as soon as the repository can be reached again', async (t) => {
  const rig = await ordersRig()
  rig.updates.start()
  await rig.clock.advance(0)
  rig.repository.fetch = async () => {
    rig.repository.failure = new Failure('NETWORK_FAILED', { where: 'http://server' })
    throw rig.repository.failure
  }
  await rig.settle({ ...TINY, version: '1.1.0' })
  await rig.ended('rejected')
  await rig.clock.advance(10 * MINUTE_MS)
  rig.repository.failure = null
  rig.repository.fetch = async (target) => `/mirror/${target.sha256}.s2m`
  await t.resolves(rig.updates.check('default'))
  t.match(await rig.ended('committed'), { installed: { version: '1.1.0' }, reason: null })
  await rig.updates.stop()
})

t.test('a bundle that was not made for what is here is not fetched again for the same order, but after a check', async (t) => {
  let fits = false
  const rig = await ordersRig({ host: { fits: () => (fits ? null : new Failure('BUNDLE_UNFIT', { seen: 'axis 995 to 1105 nm' })) } })
  rig.updates.start()
  await rig.settle(TINY)
  t.match(await rig.ended('rejected'), { reason: { code: 'UNFIT', cause: 'order' }, refusal: { why: 'unfit' } })
  await rig.clock.advance(24 * 60 * MINUTE_MS)
  rig.desire(TINY)
  await rig.clock.advance(0)
  t.match(rig.updates.state('default'), { refusal: { why: 'unfit', text: /995/ } })
  t.strictSame(rig.repository.fetched, ['1.1.0'])
  fits = true
  await rig.updates.check('default')
  t.match(await rig.ended('committed'), { installed: { version: '1.1.0' }, refusal: null })
  await rig.updates.stop()
})

t.test('an install that a start goes on with asks the repository again: what is not listed any more ends, and is not tried again', async (t) => {
  const before = await ordersRig()
  before.repository.fetch = (_, { signal }) => stuck(signal)
  before.updates.start()
  await before.settle(TINY)
  await before.ended('fetching')
  await before.updates.stop()
  const rig = await ordersRig({ disk: before.disk, offered: [] })
  rig.updates.start()
  const state = await rig.ended('rejected')
  t.match(state, { reason: { code: 'REQUEST_INVALID', cause: 'order', text: /not listed any more/ }, target: null })
  await rig.settle(TINY)
  await rig.clock.advance(120 * MINUTE_MS)
  t.match(rig.updates.state('default'), { phase: 'rejected', refusal: { why: 'unlisted' } })
  t.strictSame(rig.repository.fetched, [])
  await rig.updates.stop()
})

t.test('the factory bundle, when it is what is ordered and what answers, is not copied; a pin of another order ends', async (t) => {
  const { factory } = await offers()
  const rig = await ordersRig({ offered: [offerOf(factory, '1.0.0', 1)] })
  rig.updates.start()
  await rig.settle()
  t.match(await rig.updates.pin('default'), { override: 'pin' })
  rig.desire(TINY)
  await rig.clock.advance(0)
  t.match(rig.updates.state('default'), { phase: 'idle', override: null, refusal: null, installed: { seq: null } })
  t.strictSame(rig.repository.fetched, [])
  await rig.updates.stop()
})

t.test('a rollout that does not take in this agent yet is shown, the newest that it may have is installed, and then its turn comes', async (t) => {
  const { first, second } = await offers()
  const salt = Array.from({ length: 100 }, (_, i) => `salt ${i}`).find((each) => placeOf('dock-1', each) >= 50) ?? ''
  const held = (percent: number) => ({ ...second, target: { ...second.target, rollout: { percent, salt } } })
  const rig = await ordersRig({ offered: [held(50)] })
  rig.updates.start()
  await rig.settle(TINY)
  t.match(rig.updates.state('default'), { phase: 'idle', refusal: { why: 'rollout', text: /50 %/ }, latest: null })
  rig.repository.listing = listingOf([first, held(50)])
  await rig.updates.check('default')
  t.match(await rig.ended('committed'), { installed: { version: '1.1.0' }, latest: { version: '1.1.0' } })
  rig.repository.listing = listingOf([first, held(100)])
  await rig.updates.check('default')
  while (rig.updates.state('default').installed?.version !== '1.2.0') await rig.ended('committed')
  await rig.updates.stop()
})

t.test('a bundle that failed here is not ordered again by the same word or another, and the denial is shown', async (t) => {
  const rig = await ordersRig({ selfTest: async () => ({ reason: { code: 'NOT_FINITE', text: 'not finite', cause: 'model' } }) })
  rig.updates.start()
  await rig.settle(TINY)
  await rig.ended('rejected')
  rig.desire({ ...TINY, version: '1.1.0' })
  await rig.clock.advance(0)
  t.match(rig.updates.state('default'), { phase: 'rejected', refusal: { why: 'denied' }, reason: { code: 'NOT_FINITE' } })
  await t.rejects(rig.updates.install('default', TINY), { code: 'REQUEST_INVALID', seen: /failed here before/ })
  t.strictSame(rig.repository.fetched, ['1.1.0'])
  t.match(rig.told.at(-1), { message: /not installed: not finite/, data: { reason: 'NOT_FINITE' } })
  await rig.updates.stop()
})

t.test('what a start has decided about a bundle on trial is told as what happens during a run is', async (t) => {
  const rig = await ordersRig({ trial: { spectra: 50, results: 5, ms: 60 * MINUTE_MS } })
  rig.updates.start()
  await rig.settle(TINY)
  await rig.ended('probation')
  await ordersRig({ disk: rig.disk })
  const again = await ordersRig({ disk: rig.disk })
  t.match(again.updates.state('default'), { phase: 'rolled-back', reason: { code: 'CRASHED' } })
  t.strictSame(again.told, [], 'not before it runs')
  again.updates.start()
  t.match(again.told, [{ slot: 'default', message: /tiny 1\.1\.0 is taken back/, data: { phase: 'rolled-back', reason: 'CRASHED' } }])
  const later = await ordersRig({ disk: rig.disk })
  later.updates.start()
  t.strictSame(later.told, [], 'once')
  for (const { updates } of [rig, again, later]) await updates.stop()
})

t.test('a start after power cuts tells of them and tries again; one that finds a side damaged tells of that', async (t) => {
  const trial = { spectra: 50, results: 5, ms: 60 * MINUTE_MS }
  const rig = await ordersRig({ trial })
  rig.updates.start()
  await rig.settle(TINY)
  await rig.ended('probation')
  const cutOff = memoryDisk(rig.disk.image())
  await ordersRig({ disk: cutOff, boot: 'second' })
  const powerless = await ordersRig({ disk: cutOff, boot: 'third' })
  powerless.updates.start()
  t.match(powerless.told, [{ message: /tiny 1\.1\.0 is taken back: the machine restarted/, data: { phase: 'rolled-back', reason: 'POWER' } }])
  t.match(powerless.updates.state('default'), { phase: 'rolled-back', reason: { code: 'POWER' } })

  const image = new Map(rig.disk.image())
  for (const [path, bytes] of image) if (path.endsWith('.s2m') && path.includes('/models/')) image.set(path, bytes.subarray(1))
  const damaged = await ordersRig({ disk: memoryDisk(image) })
  damaged.updates.start()
  t.match(damaged.told, [{ message: /is taken back: the bytes on the disk/, data: { reason: 'SIDE_DAMAGED' } }])
  t.match(damaged.updates.state('default'), { installed: { version: '1.0.0' } })
  for (const { updates } of [rig, powerless, damaged]) await updates.stop()
})

t.test('the state goes out four times a second at most, and not at all where it is the same', async (t) => {
  const rig = await ordersRig()
  rig.repository.fetch = async (target, { signal, progress = () => {} }) => {
    for (let percent = 0; percent < 100; percent++) {
      progress((target.bytes * percent) / 100, target.bytes)
      await rig.clock.sleep(10, signal)
    }
    return `/mirror/${target.sha256}.s2m`
  }
  rig.updates.start()
  await rig.settle(TINY)
  await rig.ended('fetching')
  const before = rig.published.length
  await rig.clock.advance(990)
  t.ok(rig.published.length - before <= 990 / PUBLISH_MS + 1, `${rig.published.length - before} times`)
  t.match(rig.published.at(-1), { phase: 'fetching', progress: { unit: 'bytes' } })
  await rig.clock.advance(10)
  await rig.ended('committed')
  await rig.clock.advance(PUBLISH_MS)
  const { length } = rig.published
  t.match(rig.published.at(-1), { phase: 'committed' })
  await rig.updates.check('default')
  await rig.clock.advance(PUBLISH_MS)
  t.equal(rig.published.length, length)
  await rig.updates.stop()
})
