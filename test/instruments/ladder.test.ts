import t from 'tap'
import type { FailureCode } from '../../src/failures.js'
import { afterConnection, bottom, climb, RECOVERED_AFTER_MS } from '../../src/instruments/ladder.js'

const climbed = (codes: readonly FailureCode[], phase: 'connecting' | 'measuring') => {
  let ladder = bottom
  return codes.map((code) => {
    const [next, rung] = climb(ladder, code, phase)
    ladder = next
    return rung.action === 'reopen' ? rung.delayMs : rung.action
  })
}

t.test('a lost port is opened at once, then after 1, 2, 5, 15 s, then every 60 s for ever', async (t) => {
  t.strictSame(climbed(Array(8).fill('PORT_GONE'), 'connecting'), [0, 1000, 2000, 5000, 15_000, 60_000, 60_000, 60_000])
})

t.test('a bad frame is asked for again twice, then the link is opened anew', async (t) => {
  t.strictSame(climbed(['BAD_FRAME', 'STALE_FRAME', 'BAD_FRAME'], 'measuring'), ['again', 'again', 0])
})

t.test('while connecting there is no "again": the link is closed already', async (t) => {
  t.strictSame(climbed(['DEADLINE', 'DEADLINE'], 'connecting'), [0, 1000])
})

t.test('what a person can mend at the instrument is tried every minute, what only a restart can mend never', async (t) => {
  t.strictSame(climbed(['WRONG_INSTRUMENT', 'SETTING_REFUSED', 'AXIS_INVALID', 'CONFIG_INVALID', 'USAGE'], 'connecting'), [
    60_000,
    60_000,
    60_000,
    'rest',
    'rest',
  ])
})

t.test('a connection that held long enough starts at the bottom again, a short one does not', async (t) => {
  const high = { again: 0, opened: 4 }
  t.equal(afterConnection(high, RECOVERED_AFTER_MS), bottom)
  t.equal(afterConnection(high, RECOVERED_AFTER_MS - 1), high)
})
