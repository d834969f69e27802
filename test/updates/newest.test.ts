import t from 'tap'
import { Failure } from '../../src/failures.js'
import { offers } from '../support/install-rig.js'
import { listingOf, ordersRig } from '../support/orders-rig.js'

const TINY = { model: 'lab/tiny' }

t.test('an order without a version means the newest of now: what was listed when the agent last looked is not begun', async (t) => {
  const { first, second } = await offers()
  const rig = await ordersRig({ offered: [first] })
  rig.updates.start()
  await rig.settle()
  rig.repository.listing = listingOf([first, second])
  rig.desire(TINY, 'east')
  t.match(await rig.ended('committed'), { installed: { version: '1.2.0' } })
  t.strictSame(rig.repository.fetched, ['1.2.0'])
  await rig.updates.stop()
})

t.test('where the repository cannot be reached the newest that is known is taken', async (t) => {
  const { first } = await offers()
  const rig = await ordersRig({ offered: [first] })
  rig.updates.start()
  await rig.settle()
  rig.repository.failure = new Failure('NETWORK_FAILED', { where: 'the repository' })
  rig.desire(TINY, 'east')
  t.match(await rig.ended('committed'), { installed: { version: '1.1.0' } })
  await rig.updates.stop()
})
