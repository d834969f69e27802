import { setTimeout } from 'node:timers/promises'
import t from 'tap'
import { seededRandom } from '../../src/spectrum/random.js'
import type { Transport } from '../../src/updates/contract.js'
import { openMirror } from '../../src/updates/mirror.js'
import type { SlotState } from '../../src/updates/state.js'
import type { Trust } from '../../src/updates/trust.js'
import { createUpdates, SETTLE_MS } from '../../src/updates/updates.js'
import { offers, openBundle, rigPlace, sha256, startImage, stuck } from '../support/install-rig.js'
import { manualClock } from '../support/manual-clock.js'
import { memoryDisk } from '../support/memory-disk.js'
import { listingOf, steadyHost } from '../support/orders-rig.js'

const NAMES = ['left', 'right'] as const
const ORDER = Buffer.from(JSON.stringify({ model: 'lab/tiny' }))

/** One agent with two slots before one repository, whose transfers come by way of the real mirror. */
const twoSlots = async (transfer?: Transport['fetch']) => {
  const { factory, first } = await offers()
  const disk = memoryDisk(await startImage())
  const { record } = await openBundle(disk)
  const clock = manualClock()
  const begun: string[] = []
  const transport: Transport = {
    where: 'repository',
    async *fetch(path, offset, signal) {
      begun.push(path)
      if (transfer) yield* transfer(path, offset, signal)
      else yield first.bytes.subarray(offset)
    },
  }
  const mirror = openMirror({ disk, folder: '/state/mirror', transport, clock })
  const listing = listingOf([first])
  const trust: Trust = { listing, damaged: null, refresh: async () => listing, fetchTarget: mirror.target }
  const answered = { left: ['factory'], right: ['factory'] }
  const states = new Map<string, SlotState[]>(NAMES.map((name) => [name, []]))
  const installed = { id: 'tiny', version: '1.0.0', sha256: sha256(factory), seq: null }
  const updates = createUpdates({
    ...{ agent: 'dock-1', groups: [], version: '0.4.0', boot: rigPlace.boot, clock, random: seededRandom(1) },
    ...{ disk, state: '/state', trust, checkEveryMs: 3_600_000, trial: { spectra: 50, results: 5, ms: 0 } },
    selfTest: async () => ({ p95Ms: 0.1 }),
    publish: (slot, state) => void states.get(slot)?.push(state),
    tell: () => {},
    slots: NAMES.map((name) => ({ name, record, found: record, factory: rigPlace.factory, installed, host: steadyHost(answered[name]) })),
  })
  updates.start()
  const order = (...slots: readonly string[]) => {
    for (const slot of slots) updates.desired({ slot, group: null, payload: ORDER })
  }
  const settle = async () => {
    updates.connected()
    await clock.advance(SETTLE_MS)
  }
  const reached = async (slot: string, phase: SlotState['phase']) => {
    while (updates.state(slot).phase !== phase) await setTimeout(2)
  }
  return { updates, disk, answered, begun, states, order, settle, reached, first }
}

t.test('a swap in one slot leaves the other alone: nothing answers otherwise there, and nothing is written', async (t) => {
  const { updates, disk, answered, states, order, settle, reached, first } = await twoSlots()
  await settle()
  order('left')
  await reached('left', 'committed')
  t.match(updates.state('left'), { installed: { sha256: first.target.sha256 } })
  t.match(updates.state('right'), { phase: 'idle', installed: { version: '1.0.0' }, desired: null })
  t.strictSame(answered, { left: ['factory', 'a'], right: ['factory'] })
  t.ok(states.get('right')?.every(({ phase }) => phase === 'idle'))
  t.strictSame([...(await disk.list('/state/models'))], ['left'])
  await updates.rollback('left')
  t.match(updates.state('right'), { phase: 'idle', override: null })
  await updates.stop()
})

t.test('two slots that are ordered the same bundle install it each for itself, and it is sent once', async (t) => {
  const { updates, answered, begun, order, settle, reached } = await twoSlots()
  await settle()
  order('left', 'right')
  for (const name of NAMES) await reached(name, 'committed')
  t.strictSame(answered, { left: ['factory', 'a'], right: ['factory', 'a'] })
  t.equal(begun.length, 1)
  await updates.stop()
})

t.test('one that waits for the transfer of the other can be given up at once, and both at a stop', async (t) => {
  const { updates, begun, order, settle, reached } = await twoSlots(async function* (_path, _offset, signal) {
    yield await stuck(signal)
  })
  await settle()
  order('right')
  await reached('right', 'fetching')
  while (begun.length === 0) await setTimeout(2)
  order('left')
  await reached('left', 'fetching')
  t.match(await updates.abort('left'), { phase: 'rejected', reason: { code: 'ABORTED' } })
  t.equal(updates.state('right').phase, 'fetching')
  await updates.install('left', { model: 'lab/tiny' })
  await updates.stop()
  t.equal(begun.length, 1)
})
