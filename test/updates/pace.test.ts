import t from 'tap'
import { createPace } from '../../src/updates/pace.js'
import { manualClock } from '../support/manual-clock.js'

const PAUSE_MS = 250

t.test('the first goes out at once, what comes in the pause after it goes out together, and the last always does', async (t) => {
  const clock = manualClock()
  let value = 0
  const sent: (readonly [number, number])[] = []
  const pace = createPace(clock, PAUSE_MS, () => void sent.push([clock.monotonicMs(), value]))
  for (value = 1; value <= 10; value++) {
    pace.soon()
    await clock.advance(PAUSE_MS / 5)
  }
  value = 11
  pace.soon()
  await clock.advance(10 * PAUSE_MS)
  t.strictSame(sent, [
    [0, 1],
    [PAUSE_MS, 5],
    [2 * PAUSE_MS, 10],
    [3 * PAUSE_MS, 11],
  ])
  value = 12
  pace.soon()
  t.strictSame(sent.at(-1), [12 * PAUSE_MS, 12], 'after a pause at once again')
})

t.test('at a stop what is due goes out, and nothing afterwards', async (t) => {
  const clock = manualClock()
  let sent = 0
  const pace = createPace(clock, PAUSE_MS, () => void sent++)
  pace.soon()
  pace.soon()
  pace.stop()
  t.equal(sent, 2)
  await clock.advance(10 * PAUSE_MS)
  t.equal(sent, 2)
  t.equal(clock.sleepers, 0)
})
