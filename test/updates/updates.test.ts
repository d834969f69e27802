import t from 'tap'
import { Failure } from '../../src/failures.js'
import { ORDER_LOOK_MS, SETTLE_MS } from '../../src/updates/updates.js'
import { offers, stuck } from '../support/install-rig.js'
import { listingOf, ordersRig } from '../support/orders-rig.js'

const TINY = { model: 'lab/tiny' }
const HOUR_MS = 3_600_000

t.test('what is ordered is installed, and everybody is told how that goes', async (t) => {
  const rig = await ordersRig()
  const { first } = await offers()
  rig.updates.start()
  await rig.settle(TINY)
  const state = await rig.ended('committed')
  t.match(state, { installed: { version: '1.1.0', sha256: first.target.sha256, seq: 1 }, desired: { model: 'lab/tiny', version: null } })
  t.match(state, { latest: { version: '1.1.0' }, target: null, reason: null, refusal: null, override: null })
  await rig.clock.advance(SETTLE_MS)
  t.strictSame(rig.published.at(-1), state, 'the last word is published')
  t.strictSame(
    rig.told.map(({ slot, message }) => [slot, message]),
    [
      ['default', 'slot default: the install of tiny 1.1.0 begins'],
      ['default', 'slot default: tiny 1.1.0 is committed'],
    ],
  )
  await rig.updates.stop()
})

t.test('no order is followed before those of the first connection have settled; own ones go before those of a group', async (t) => {
  const { first, second } = await offers()
  const rig = await ordersRig({ offered: [first, second] })
  rig.updates.start()
  await rig.clock.advance(0)
  rig.updates.connected()
  rig.desire({ ...TINY, version: '1.1.0' }, 'east')
  await rig.clock.advance(SETTLE_MS - 1)
  t.match(rig.updates.state('default'), { phase: 'idle', desired: { version: '1.1.0' } })
  rig.desire({ ...TINY, version: '1.2.0' })
  await rig.clock.advance(1)
  await rig.ended('committed')
  t.strictSame(rig.repository.fetched, ['1.2.0'])
  rig.desire(null)
  while (rig.updates.state('default').installed?.version !== '1.1.0') await rig.ended('committed')
  t.strictSame(rig.repository.fetched, ['1.2.0', '1.1.0'], 'the group is heard when the agent itself has no order any more')
  await rig.updates.stop()
})

t.test('an order that a new connection does not bring again is over; one that it brings changes nothing', async (t) => {
  const rig = await ordersRig()
  rig.updates.start()
  await rig.settle(TINY)
  await rig.ended('committed')
  await rig.settle(TINY)
  t.match(rig.updates.state('default'), { phase: 'committed', desired: TINY })
  rig.updates.connected()
  t.match(rig.updates.state('default'), { desired: TINY }, 'until it has settled what was known counts')
  await rig.clock.advance(SETTLE_MS)
  t.match(rig.updates.state('default'), { phase: 'committed', desired: null, installed: { version: '1.1.0' } })
  t.strictSame(rig.repository.fetched, ['1.1.0'])
  await rig.updates.stop()
})

t.test('an order that cannot be read is told once and shown, and what was begun goes on', async (t) => {
  const rig = await ordersRig({ trial: { spectra: 50, results: 5, ms: 60_000 } })
  rig.updates.start()
  await rig.settle(TINY)
  await rig.ended('probation')
  const told = rig.told.length
  for (let i = 0; i < 3; i++) rig.desire('{"model": 7}')
  await rig.clock.advance(0)
  t.match(rig.updates.state('default'), { phase: 'probation', desired: null, refusal: { why: 'unreadable', text: /model/ } })
  t.match(
    rig.told.slice(told).map(({ message }) => message),
    [/cannot be read/],
  )
  await rig.clock.advance(60_000)
  t.match(await rig.ended('committed'), { installed: { version: '1.1.0' } })
  await rig.updates.stop()
})

t.test('orders that cannot be read and change without end are told now and then, the one that stands', async (t) => {
  const rig = await ordersRig()
  rig.updates.start()
  await rig.settle()
  const told = rig.told.length
  const changes = 100
  for (let i = 1; i <= changes; i++) {
    rig.desire(`{"model": ${i}}`)
    await rig.clock.advance((2 * ORDER_LOOK_MS) / changes)
  }
  t.match(
    rig.told.slice(told).map(({ message }) => message),
    [/cannot be read/, /cannot be read/, /cannot be read/],
  )
  rig.desire('{"model": 0}')
  rig.desire('')
  await rig.clock.advance(ORDER_LOOK_MS)
  t.equal(rig.told.length, told + 3, 'one that was taken back before its time is not told')
  await rig.updates.stop()
})

t.test('a list that has expired and cannot be had anew is asked for by the clock, not without end', async (t) => {
  const rig = await ordersRig()
  rig.updates.start()
  await rig.clock.advance(0)
  t.equal(rig.repository.asked, 1)
  rig.repository.listing = { ...rig.repository.listing, expiresMs: 0 }
  await rig.updates.check('default')
  rig.repository.failure = new Failure('TRUST_EXPIRED', { where: 'timestamp.json', seen: 'valid until 1970' })
  await rig.settle(TINY)
  t.match(rig.updates.state('default'), { phase: 'idle', refusal: { why: 'expired' }, latest: null })
  const { asked } = rig.repository
  t.equal(asked, 3, 'once more for the new order')
  rig.repository.failure = new Failure('TRUST_EXPIRED', { where: 'timestamp.json', seen: 'valid until 1970, a second later' })
  await rig.clock.advance(24 * HOUR_MS)
  t.ok(rig.repository.asked - asked > 20 && rig.repository.asked - asked < 120, `${rig.repository.asked - asked} times in a day`)
  t.equal(rig.told.filter(({ failure }) => failure?.code === 'TRUST_EXPIRED').length, 1, 'told once')
  rig.repository.failure = null
  rig.repository.listing = listingOf([(await offers()).first])
  await rig.clock.advance(HOUR_MS)
  await rig.ended('committed')
  t.match(
    rig.told.map(({ message }) => message),
    [/expired/, 'the repository can be used again', /begins/, /committed/],
  )
  await rig.updates.stop()
})

t.test('orders that change without end ask the repository now and then, and the last of them is the one that counts', async (t) => {
  const rig = await ordersRig()
  rig.updates.start()
  await rig.settle()
  const { asked } = rig.repository
  rig.desire({ ...TINY, version: '9.0.0' })
  await rig.clock.advance(0)
  t.equal(rig.repository.asked, asked + 1, 'the first at once')
  const changes = 200
  for (let i = 1; i <= changes; i++) {
    rig.desire({ ...TINY, version: `9.0.${i}` })
    await rig.clock.advance((2 * ORDER_LOOK_MS) / changes)
  }
  t.equal(rig.repository.asked, asked + 3)
  rig.repository.listing = { ...rig.repository.listing, targets: [(await offers()).second.target] }
  rig.desire(TINY)
  await rig.clock.advance(ORDER_LOOK_MS)
  t.match(await rig.ended('committed'), { installed: { version: '1.2.0' } })
  t.equal(rig.repository.asked, asked + 4)
  await rig.updates.stop()
})

t.test('a repository that was never reached is the reason that is shown, with its code, and what runs goes on', async (t) => {
  const rig = await ordersRig()
  rig.repository.failure = new Failure('TRUST_THRESHOLD', { where: 'http://server', seen: 'signed by 0/1 keys' })
  rig.updates.start()
  await rig.settle(TINY)
  t.match(rig.updates.state('default'), {
    ...{ phase: 'idle', installed: { version: '1.0.0' }, latest: null },
    refusal: { why: 'repository-unreachable', text: /TRUST_THRESHOLD.*signed by 0\/1 keys/ },
  })
  t.match(rig.told, [{ slot: null, failure: { code: 'TRUST_THRESHOLD' } }])
  await t.rejects(rig.updates.install('default', TINY), { code: 'TRUST_THRESHOLD' })
  await t.rejects(rig.updates.check('default'), { code: 'TRUST_THRESHOLD' })
  await rig.updates.stop()
})

t.test('what is ordered and not listed yet is looked for once, and again with each later look', async (t) => {
  const { first, second } = await offers()
  const rig = await ordersRig()
  rig.updates.start()
  await rig.settle()
  const { asked } = rig.repository
  rig.desire({ ...TINY, version: '1.2.0' })
  rig.desire({ ...TINY, version: '1.2.0' })
  await rig.clock.advance(0)
  t.equal(rig.repository.asked, asked + 1)
  t.match(rig.updates.state('default'), { refusal: { why: 'unlisted' }, latest: { version: '1.1.0' }, phase: 'idle' })
  rig.repository.listing = listingOf([first, second])
  await rig.clock.advance(1.5 * HOUR_MS)
  t.match(await rig.ended('committed'), { installed: { version: '1.2.0' }, refusal: null })
  await rig.updates.stop()
})

t.test('without a repository nothing is fetched, and what is there can still be ordered about', async (t) => {
  const before = await ordersRig()
  before.updates.start()
  await before.settle(TINY)
  await before.ended('committed')
  await before.updates.stop()
  const rig = await ordersRig({ disk: before.disk, repository: false })
  rig.updates.start()
  await rig.settle({ ...TINY, version: '1.2.0' })
  t.match(rig.updates.state('default'), { refusal: { why: 'no-repository', text: /updates\.repository/ }, installed: { version: '1.1.0' } })
  for (const refused of [() => rig.updates.install('default', TINY), () => rig.updates.check('default')])
    await t.rejects(refused(), { code: 'REQUEST_INVALID', message: /no repository is configured.*set updates\.repository/ })
  t.match(await rig.updates.pin('default'), { override: 'pin', installed: { version: '1.1.0' } })
  t.match(await rig.updates.rollback('default'), { override: 'rollback', installed: { version: '1.0.0', seq: null } })
  await rig.updates.stop()
})

t.test('a slot that there is not is refused by name', async (t) => {
  const rig = await ordersRig()
  t.strictSame(rig.updates.slots, ['default'])
  await t.rejects(rig.updates.pin('other'), { code: 'REQUEST_INVALID', seen: '"other"', allowed: 'default' })
  rig.updates.desired({ slot: 'other', group: null, payload: Buffer.from('{}') })
  t.strictSame(rig.told, [])
  await rig.updates.stop()
})

t.test('stop gives up a look into the repository and a transfer that hang, and can be called twice', async (t) => {
  const rig = await ordersRig()
  rig.repository.fetch = (_, { signal }) => stuck(signal)
  rig.updates.start()
  await rig.settle(TINY)
  await rig.ended('fetching')
  rig.repository.refresh = stuck
  const looking = rig.updates.check('default')
  await Promise.all([rig.updates.stop(), rig.updates.stop(), t.rejects(looking, { code: 'ABORTED' })])
  t.equal(rig.clock.sleepers, 0)
  rig.desire({ ...TINY, version: '1.2.0' })
  await rig.clock.advance(HOUR_MS)
  t.equal(rig.repository.fetched.length, 1)
})
