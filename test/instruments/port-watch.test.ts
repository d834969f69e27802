import { Subject } from 'rxjs'
import t from 'tap'
import { POLL_MS, takeRoll, watchPorts } from '../../src/instruments/port-watch.js'
import type { Port } from '../../src/links/contract.js'
import { manualClock } from '../support/manual-clock.js'

const port = (name: string, serialNumber = 'A'): Port => ({ url: `serial:/dev/${name}`, kind: 'stream', serialNumber })

t.test('a port is gone only when two lists in a row lack it', async (t) => {
  const [a, b] = [port('a'), port('b')]
  const once = takeRoll(takeRoll([], [a, b]), [b])
  t.strictSame(
    once.map((seen) => seen.port),
    [a, b],
  )
  t.strictSame(
    takeRoll(once, [b]).map((seen) => seen.port),
    [b],
  )
  t.strictSame(
    takeRoll(takeRoll(once, [a, b]), [b]).map((seen) => seen.port),
    [a, b],
    'seen again, it is counted anew',
  )
})

t.test('another device at the same address takes its place at once', async (t) => {
  t.strictSame(
    takeRoll(takeRoll([], [port('a', '1')]), [port('a', '2')]).map((seen) => seen.port),
    [port('a', '2')],
  )
})

const watched = () => {
  const clock = manualClock()
  const world = { ports: [port('a')] as readonly Port[], mark: 'one' as string | null, lists: 0, fails: false }
  const nudge$ = new Subject<void>()
  const list = async () => {
    world.lists++
    if (world.fails) throw new Error('udevadm')
    return world.ports
  }
  const told: string[] = []
  const watch = watchPorts({ list, mark: async () => world.mark, clock, nudge$ })
  const stop = watch.ports$.subscribe((ports) => told.push(ports.map(({ url }) => url.slice(-1)).join('')))
  return { clock, world, nudge$, told, watch, stop: () => stop.unsubscribe() }
}

t.test('what is plugged in and pulled out is told, and nothing else', async (t) => {
  const { clock, world, told, stop } = watched()
  await clock.advance(10 * POLL_MS)
  world.ports = [port('a'), port('b')]
  world.mark = 'two'
  await clock.advance(POLL_MS)
  world.ports = [port('b')]
  world.mark = 'three'
  await clock.advance(2 * POLL_MS)
  t.strictSame(told, ['a', 'ab', 'b'])
  stop()
})

t.test('while the mark stands the costly list rests, but for once a minute', async (t) => {
  const { clock, world, stop } = watched()
  await clock.advance(10 * POLL_MS)
  const settled = world.lists
  await clock.advance(10 * POLL_MS)
  t.equal(world.lists, settled)
  await clock.advance(20 * POLL_MS)
  t.equal(world.lists, settled + 1)
  stop()
})

t.test('without a mark every look lists', async (t) => {
  const { clock, world, stop } = watched()
  world.mark = null
  await clock.advance(5 * POLL_MS)
  const before = world.lists
  await clock.advance(5 * POLL_MS)
  t.equal(world.lists, before + 5)
  stop()
})

t.test('ids that are filled in after the node appeared are still noticed', async (t) => {
  const { clock, world, told, stop } = watched()
  await clock.advance(1)
  world.mark = 'two'
  world.ports = [{ url: 'serial:/dev/a', kind: 'stream' }]
  await clock.advance(POLL_MS)
  world.ports = [port('a')]
  await clock.advance(POLL_MS)
  t.equal(told.length, 3)
  stop()
})

t.test('an event is worth a look at once', async (t) => {
  const { clock, world, nudge$, told, stop } = watched()
  await clock.advance(10 * POLL_MS)
  world.ports = [port('b'), port('a')]
  nudge$.next()
  await clock.advance(1)
  t.strictSame(told, ['a', 'ab'])
  stop()
})

t.test('a listing that fails unplugs nobody', async (t) => {
  const { clock, world, told, stop } = watched()
  await clock.advance(POLL_MS)
  world.fails = true
  world.mark = null
  await clock.advance(10 * POLL_MS)
  t.strictSame(told, ['a'])
  stop()
})

t.test('nobody looks when nobody listens', async (t) => {
  const { clock, world, watch, stop } = watched()
  await clock.advance(POLL_MS)
  stop()
  await clock.advance(POLL_MS)
  t.equal(clock.sleepers, 0)
  const before = world.lists
  await clock.advance(100 * POLL_MS)
  t.equal(world.lists, before)
  const again: number[] = []
  const late = watch.ports$.subscribe((ports) => again.push(ports.length))
  await clock.advance(1)
  t.strictSame(again, [1])
  late.unsubscribe()
})
