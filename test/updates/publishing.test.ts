import t from 'tap'
import { createPublisher, PUBLISH_MS } from '../../src/updates/publishing.js'
import { manualClock } from '../support/manual-clock.js'

t.test('the first goes out at once, what comes in the pause after it goes out together, and the last always does', async (t) => {
  const clock = manualClock()
  let value = 0
  const sent: (readonly [number, number])[] = []
  const publisher = createPublisher(clock, () => void sent.push([clock.monotonicMs(), value]))
  for (value = 1; value <= 10; value++) {
    publisher.publish()
    await clock.advance(PUBLISH_MS / 5)
  }
  value = 11
  publisher.publish()
  await clock.advance(10 * PUBLISH_MS)
  t.strictSame(sent, [
    [0, 1],
    [PUBLISH_MS, 5],
    [2 * PUBLISH_MS, 10],
    [3 * PUBLISH_MS, 11],
  ])
  value = 12
  publisher.publish()
  t.strictSame(sent.at(-1), [12 * PUBLISH_MS, 12], 'after a pause at once again')
})

t.test('at a stop what is due goes out, and nothing afterwards', async (t) => {
  const clock = manualClock()
  let sent = 0
  const publisher = createPublisher(clock, () => void sent++)
  publisher.publish()
  publisher.publish()
  publisher.stop()
  t.equal(sent, 2)
  await clock.advance(10 * PUBLISH_MS)
  t.equal(sent, 2)
  t.equal(clock.sleepers, 0)
})
