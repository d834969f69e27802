import t, { type Test } from 'tap'
import { MIN_WHITE_COUNTS } from '../../src/calibration/calibrate.js'
import { DARK_MAX_SHARE, DARK_RISE_MAX_SHARE, MAX_DENSITY, makeReference, type ReferenceParts } from '../../src/calibration/reference.js'
import { isFailure } from '../../src/failures.js'
import { makeAxis } from '../../src/spectrum/axis.js'
import type { ReferenceKind } from '../../src/spectrum/reference.js'
import { acquisition, reference } from '../support/references.js'

const axis = makeAxis('wavelength', [500, 510, 520, 530])
const FULL = 10_000
const held = (counts: number, changes = {}) => reference('dark', { id: 'held', axis: axis.id, counts: new Float64Array(4).fill(counts), ...changes })

const parts = (kind: ReferenceKind, counts: number | number[], changes: Partial<ReferenceParts> = {}): ReferenceParts => ({
  id: 'R',
  kind,
  instrument: 'test-1',
  exposure: {
    axis,
    counts: typeof counts === 'number' ? new Float64Array(4).fill(counts) : Float64Array.from(counts),
    saturated: new Uint8Array(4),
    acquisition: acquisition({ averages: 8 }),
    endMs: 77,
    endWallMs: Date.parse('2026-06-01T12:00:00.123Z'),
  },
  density: 0,
  dark: kind === 'white' ? held(100) : null,
  fullScale: FULL,
  boot: 'b1',
  clockTrusted: true,
  ...changes,
})

const refused = (t: Test, given: ReferenceParts, want: { seen?: RegExp; cure?: RegExp }) => {
  try {
    makeReference(given)
  } catch (error) {
    if (!isFailure(error, 'REFERENCE_INVALID')) throw error
    t.match({ seen: error.seen, cure: error.cure }, want)
    return
  }
  t.fail('was taken', want)
}

t.test('a white keeps its settings, its dark and its density; the counts are its own copy', async (t) => {
  const given = parts('white', [5000, 6000, 7000, 8000], { density: 2.3 })
  const made = makeReference(given)
  t.match(made, {
    id: 'R',
    kind: 'white',
    instrument: 'test-1',
    axis: axis.id,
    integrationUs: 100_000,
    gain: 1,
    binning: 1,
    averages: 8,
    temperatureC: 20,
  })
  t.match(made, { density: 2.3, time: '2026-06-01T12:00:00.123Z', endMs: 77, boot: 'b1', clockTrusted: true, dark: { id: 'held' } })
  t.strictSame(made.dark?.counts, new Float64Array(4).fill(100))
  given.exposure.counts.fill(0)
  t.strictSame([...made.counts], [5000, 6000, 7000, 8000])
})

t.test('a saturated white is refused with the cure, one count below full scale is taken', async (t) => {
  t.doesNotThrow(() => makeReference(parts('white', [FULL - 1, 5000, 5000, 5000])))
  refused(t, parts('white', [FULL, 5000, 5000, 5000]), {
    seen: /^1 pixels at full scale at 100000 microseconds/,
    cure: /shorten the exposure.*filter/,
  })
  const { exposure } = parts('white', 5000)
  refused(t, parts('white', 5000, { exposure: { ...exposure, saturated: Uint8Array.of(0, 0, 1, 0) } }), { seen: /^1 pixels at full scale/ })
})

t.test('a white needs a dark at its own exposure and settings', async (t) => {
  const none = { seen: /no dark/, cure: /measure a dark at 100000 microseconds first/ }
  refused(t, parts('white', 5000, { dark: null }), none)
  refused(t, parts('white', 5000, { dark: held(100, { integrationUs: 50_000 }) }), none)
  refused(t, parts('white', 5000, { dark: held(100, { gain: 2 }) }), none)
  refused(t, parts('white', 5000, { dark: held(100, { binning: 2 }) }), none)
  refused(t, parts('white', 5000, { dark: held(100, { axis: 'other' }) }), none)
  refused(t, parts('white', 5000, { dark: reference('white', { axis: axis.id }) }), none)
})

t.test('a white that is not brighter than its dark is refused, at the limit it is taken', async (t) => {
  t.doesNotThrow(() => makeReference(parts('white', 100 + MIN_WHITE_COUNTS)))
  refused(t, parts('white', 100 + MIN_WHITE_COUNTS - 0.5), { seen: /49\.5 counts above its dark/, cure: /lamp/ })
})

t.test('a density must be one that a filter can have', async (t) => {
  t.doesNotThrow(() => makeReference(parts('white', 5000, { density: MAX_DENSITY })))
  refused(t, parts('white', 5000, { density: MAX_DENSITY + 0.01 }), { seen: /density 6\.01/ })
  refused(t, parts('white', 5000, { density: -0.1 }), { seen: /density -0\.1/ })
  refused(t, parts('white', 5000, { density: Number.NaN }), { seen: /density NaN/ })
  refused(t, parts('dark', 100, { density: 1 }), { seen: /density 1/, cure: /with the white/ })
})

t.test('a dark with light on it is refused: saturated, half of full scale, or far above the one that holds', async (t) => {
  t.equal(makeReference(parts('dark', 100)).dark, null)
  refused(t, parts('dark', [FULL, 0, 0, 0]), { seen: /^1 pixels at full scale/, cure: /shutter/ })
  t.doesNotThrow(() => makeReference(parts('dark', DARK_MAX_SHARE * FULL)))
  refused(t, parts('dark', DARK_MAX_SHARE * FULL + 1), { seen: /mean of 5001 counts/, cure: /shutter/ })
  const limit = 100 + DARK_RISE_MAX_SHARE * FULL
  t.doesNotThrow(() => makeReference(parts('dark', limit, { dark: held(100) })))
  refused(t, parts('dark', limit + 1, { dark: held(100) }), { seen: /mean of 601 counts, the dark before had 100/, cure: /shutter/ })
  t.doesNotThrow(
    () => makeReference(parts('dark', limit + 1, { dark: held(100, { integrationUs: 1000 }) })),
    'a dark at another exposure says nothing',
  )
})

t.test('counts that do not fit the axis or are no numbers are refused', async (t) => {
  refused(t, parts('dark', [1, 2, 3]), { seen: /3 counts for 4 channels/ })
  refused(t, parts('dark', [1, 2, 3, Number.NaN]), { seen: /no number/ })
})
