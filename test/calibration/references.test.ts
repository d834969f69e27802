import t from 'tap'
import { ageMs, choose, type Moment, type ReferenceRules } from '../../src/calibration/references.js'
import type { Acquisition } from '../../src/spectrum/measurement.js'
import { acquisition, reference } from '../support/references.js'

const rules: ReferenceRules = { darkMaxAgeS: 100, whiteMaxAgeS: 1000, maxTemperatureChangeC: 3 }
const now: Moment = { monotonicMs: 10_000_000, wallMs: Date.parse('2026-06-01T12:00:00.000Z'), boot: 'b1', clockTrusted: true }
/** A dark and its white of the moment itself, with what a test changes. */
const dark = (changes = {}) => reference('dark', { id: 'D', endMs: now.monotonicMs, boot: 'b1', ...changes })
const white = (changes = {}) => reference('white', { id: 'W', endMs: now.monotonicMs, boot: 'b1', ...changes })
const pick = (references: ReturnType<typeof dark>[], taken: Partial<Acquisition> = {}, at = now) => {
  const { dark, white, flags } = choose(references, { axis: 'axis-a', acquisition: acquisition(taken) }, at, rules)
  return { dark: dark?.id ?? null, white: white?.id ?? null, flags }
}

t.test('fresh references at the same settings serve without a flag', async (t) => {
  t.strictSame(pick([dark(), white()]), { dark: 'D', white: 'W', flags: [] })
  t.strictSame(pick([]), { dark: null, white: null, flags: ['dark-missing', 'white-missing'] })
})

t.test('a dark serves its own exposure only, a white any', async (t) => {
  t.strictSame(pick([dark({ integrationUs: 100_001 }), white({ integrationUs: 5000 })]), { dark: null, white: 'W', flags: ['dark-missing'] })
})

t.test('gain, binning and axis must be the same for both', async (t) => {
  for (const change of [{ gain: 2 }, { gain: null }, { binning: 2 }, { binning: null }, { axis: 'axis-b' }])
    t.strictSame(pick([dark(change), white(change)]), { dark: null, white: null, flags: ['dark-missing', 'white-missing'] }, JSON.stringify(change))
  t.strictSame(pick([dark({ averages: 50 }), white({ averages: 50 })]).flags, [], 'averages may differ')
  t.strictSame(pick([dark({ gain: null }), white({ gain: null })], { gain: null }).flags, [], 'an instrument without gain')
})

t.test('a white without its own dark does not serve', async (t) => {
  t.strictSame(pick([dark(), white({ dark: null })]), { dark: 'D', white: null, flags: ['white-missing'] })
})

t.test('a reference is good at the limit of its age and expired past it', async (t) => {
  const at = (darkAge: number, whiteAge: number) =>
    pick([dark({ endMs: now.monotonicMs - darkAge }), white({ endMs: now.monotonicMs - whiteAge })]).flags
  t.strictSame(at(100_000, 1_000_000), [])
  t.strictSame(at(100_001, 1_000_000), ['dark-expired'])
  t.strictSame(at(100_000, 1_000_001), ['white-expired'])
})

t.test('a temperature change is good just below the limit and expired at it; unknown temperatures do not expire', async (t) => {
  const at = (then: number | null, temperatureC: number | null) =>
    pick([dark({ temperatureC: then }), white({ temperatureC: then })], { temperatureC }).flags
  t.strictSame(at(20, 22.9), [])
  t.strictSame(at(20, 23), ['dark-expired', 'white-expired'])
  t.strictSame(at(20, 17), ['dark-expired', 'white-expired'])
  t.strictSame(at(null, 90), [])
  t.strictSame(at(20, null), [])
})

t.test('within a boot age is monotonic, whatever the wall clock says', async (t) => {
  const old = dark({ endMs: now.monotonicMs - 5000, time: '2031-01-01T00:00:00.000Z', clockTrusted: false })
  t.equal(ageMs(old, now), 5000)
  t.equal(ageMs(dark({ endMs: now.monotonicMs + 20 }), now), 0, 'taken after the exposure it serves')
})

t.test('across boots age is by wall time, and only if both clocks could be trusted', async (t) => {
  const before = { boot: 'b0', endMs: 99_999_999, time: '2026-06-01T11:59:50.000Z' }
  t.equal(ageMs(dark(before), now), 10_000)
  t.equal(ageMs(dark({ ...before, clockTrusted: false }), now), Number.POSITIVE_INFINITY)
  t.equal(ageMs(dark(before), { ...now, clockTrusted: false }), Number.POSITIVE_INFINITY)
  t.equal(ageMs(dark({ ...before, time: '2026-06-01T12:00:00.001Z' }), now), Number.POSITIVE_INFINITY, 'from the future')
  t.strictSame(pick([dark({ ...before, clockTrusted: false }), white()]).flags, ['dark-expired'])
})

t.test('the newest that holds is taken, before a newer one that has expired; of expired ones the newest', async (t) => {
  const newer = { temperatureC: 40 }
  t.strictSame(pick([dark({ id: 'D2', ...newer }), dark({ id: 'D1' }), dark({ id: 'D0' }), white({ id: 'W2', ...newer }), white({ id: 'W1' })]), {
    dark: 'D1',
    white: 'W1',
    flags: [],
  })
  t.strictSame(pick([dark({ id: 'D2', ...newer }), dark({ id: 'D1', ...newer }), white()]), { dark: 'D2', white: 'W', flags: ['dark-expired'] })
})
