import t from 'tap'
import { Failure } from '../../src/failures.js'
import { CLOCK_FLOOR, HEALTH_S, reportHealth } from '../../src/station/health.js'
import { newCounters } from '../../src/station/overview.js'
import { manualClock } from '../support/manual-clock.js'

const stats = { records: 3, bytes: 900, droppedEvents: 0, droppedResults: 0 }

const bench = () => {
  const clock = manualClock()
  const halt = new AbortController()
  const told: [string, unknown][] = []
  const facts: [string, string][] = []
  const count = newCounters('spectro-1')
  const world = { trusted: true, failing: false }
  const fail = () => {
    if (world.failing) throw new Failure('STORE_FAILED')
  }
  const store = {
    stats: async () => {
      fail()
      return stats
    },
    setFact: async (name: string, value: string) => {
      fail()
      facts.push([name, value])
    },
  }
  const counters = new Map([[count.instrument, count]])
  const running = reportHealth(
    {
      store,
      clock,
      clockTrusted: () => world.trusted,
      counters,
      delivery: () => ({ published: 4 }),
      retain: (topic, payload) => told.push([topic, payload]),
    },
    halt.signal,
  )
  return { clock, halt, told, facts, count, world, running }
}

t.test('health is told at once and every few seconds, with queue, counters and rates since the last time', async (t) => {
  const { clock, told, count, halt, running } = bench()
  await clock.advance(0)
  t.match(told, [
    [
      'health',
      { uptimeS: 0, outbox: stats, delivery: { published: 4 }, spectraPerS: { 'spectro-1': 0 }, rssMiB: Number, time: '2026-01-01T00:00:00.000Z' },
    ],
  ])
  count.accepted += 20
  count.rejected += 5
  await clock.advance(HEALTH_S * 1000 - 1)
  t.equal(told.length, 1)
  await clock.advance(1)
  t.match(told[1], ['health', { uptimeS: HEALTH_S, spectraPerS: { 'spectro-1': 2.5 }, instruments: [{ accepted: 20, rejected: 5 }] }])
  count.accepted++
  t.match(told[1], ['health', { instruments: [{ accepted: 20 }] }], 'what was told stays as it was')
  halt.abort()
  await running
  await clock.advance(10 * HEALTH_S * 1000)
  t.equal(told.length, 2, 'and nothing after the end')
})

t.test('the clock floor is noted only while the clock can be trusted', async (t) => {
  const { clock, facts, world, halt } = bench()
  await clock.advance(0)
  t.strictSame(facts, [[CLOCK_FLOOR, String(Date.parse('2026-01-01T00:00:00Z'))]])
  world.trusted = false
  await clock.advance(HEALTH_S * 1000)
  t.equal(facts.length, 1)
  halt.abort()
})

t.test('a store that fails leaves the queue unknown and nothing else', async (t) => {
  const { clock, told, world, halt, running } = bench()
  world.failing = true
  await clock.advance(HEALTH_S * 1000)
  t.match(told.at(-1), ['health', { outbox: null, uptimeS: HEALTH_S }])
  world.failing = false
  await clock.advance(HEALTH_S * 1000)
  t.match(told.at(-1), ['health', { outbox: stats }])
  halt.abort()
  await running
})
