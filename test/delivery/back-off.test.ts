import t from 'tap'
import { FIRST_WAIT_MS, LONGEST_WAIT_MS, SHORTEST_WAIT_MS, waitMs } from '../../src/delivery/back-off.js'
import { seededRandom } from '../../src/spectrum/random.js'

const always = (value: number) => ({ ...seededRandom(1), uniform: () => value })

t.test('the ceiling doubles from one second to one minute', async (t) => {
  const ceilings = [1, 2, 3, 4, 5, 6, 7, 8, 2000].map((failures) => waitMs(failures, always(1)))
  t.strictSame(ceilings, [FIRST_WAIT_MS, 2000, 4000, 8000, 16_000, 32_000, LONGEST_WAIT_MS, LONGEST_WAIT_MS, LONGEST_WAIT_MS])
})

t.test('the wait lies anywhere below the ceiling, but is never nothing', async (t) => {
  t.equal(waitMs(3, always(0.5)), 2000)
  t.equal(waitMs(9, always(0)), SHORTEST_WAIT_MS)
})
