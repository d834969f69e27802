import t from 'tap'
import { BUILT_NOT_BEFORE_MS, createClockTrust, MAX_CLOCK_STEP_MS } from '../../src/station/clock-trust.js'
import { manualClock } from '../support/manual-clock.js'

t.test('a clock below the build time is not trusted, at it it is', async (t) => {
  const clock = manualClock(BUILT_NOT_BEFORE_MS - 1)
  const trusted = createClockTrust(clock, null)
  t.notOk(trusted())
  await clock.advance(1)
  t.ok(trusted())
})

t.test('a clock behind the last trusted time is not trusted', async (t) => {
  const clock = manualClock(BUILT_NOT_BEFORE_MS + 1000)
  t.notOk(createClockTrust(clock, BUILT_NOT_BEFORE_MS + 1001)())
  t.ok(createClockTrust(clock, BUILT_NOT_BEFORE_MS + 1000)())
})

t.test('a jump is told once and then taken as the clock having been set; slewing is not a jump', async (t) => {
  const clock = manualClock(BUILT_NOT_BEFORE_MS + 1000)
  const trusted = createClockTrust(clock, null)
  clock.setWall(BUILT_NOT_BEFORE_MS + 1000 + MAX_CLOCK_STEP_MS)
  t.ok(trusted(), 'at the limit')
  clock.setWall(BUILT_NOT_BEFORE_MS + 1001 + 2 * MAX_CLOCK_STEP_MS)
  t.notOk(trusted(), 'one past it')
  t.ok(trusted())
})

t.test('a clock set back stays untrusted until it has caught up', async (t) => {
  const clock = manualClock(BUILT_NOT_BEFORE_MS + 10_000)
  const trusted = createClockTrust(clock, null)
  t.ok(trusted())
  clock.setWall(BUILT_NOT_BEFORE_MS + 5000)
  t.notOk(trusted())
  t.notOk(trusted())
  await clock.advance(5000)
  t.ok(trusted())
})
