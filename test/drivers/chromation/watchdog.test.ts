import t from 'tap'
import { createWatchdog } from '../../../drivers/chromation/watchdog.js'
import { manualClock } from '../../support/manual-clock.js'

const watch = () => {
  const clock = manualClock()
  const rang: number[] = []
  const watchdog = createWatchdog(clock, () => rang.push(clock.monotonicMs()))
  return { clock, rang, watchdog }
}

t.test('a deadline that passes is told once, at its time', async (t) => {
  const { clock, rang, watchdog } = watch()
  watchdog.arm(100)
  await clock.advance(99)
  t.strictSame(rang, [])
  await clock.advance(500)
  t.strictSame(rang, [100])
})

t.test('a thousand deadlines met in time need one sleeper', async (t) => {
  const { clock, rang, watchdog } = watch()
  for (let n = 0; n < 1000; n++) {
    watchdog.arm(1000 + n)
    watchdog.disarm()
  }
  t.equal(clock.sleepers, 1)
  await clock.advance(5000)
  t.strictSame(rang, [])
  t.equal(clock.sleepers, 0)
})

t.test('a later deadline moves the sleeper on, a sooner one wakes it in time', async (t) => {
  const { clock, rang, watchdog } = watch()
  watchdog.arm(100)
  watchdog.arm(300)
  await clock.advance(299)
  t.strictSame(rang, [])
  watchdog.arm(5000)
  watchdog.disarm()
  watchdog.arm(400)
  await clock.advance(101)
  t.strictSame(rang, [400])
})

t.test('nothing is told and nothing sleeps after stop', async (t) => {
  const { clock, rang, watchdog } = watch()
  watchdog.arm(100)
  watchdog.stop()
  await clock.advance(500)
  t.strictSame(rang, [])
  t.equal(clock.sleepers, 0)
})
