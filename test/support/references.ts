import type { Acquisition } from '../../src/spectrum/measurement.js'
import type { Reference, ReferenceKind } from '../../src/spectrum/reference.js'

/** Settings of a plain measurement: 100 ms, gain 1, no binning, 20 degrees. */
export const acquisition = (changes: Partial<Acquisition> = {}): Acquisition => ({
  integrationUs: 100_000,
  gain: 1,
  binning: 1,
  averages: 1,
  exposureMs: 100,
  temperatureC: 20,
  ...changes,
})

/** A reference of four pixels at those settings: dark 100 counts, white 10,100. */
export const reference = (kind: ReferenceKind, changes: Partial<Reference> = {}): Reference => ({
  id: kind,
  kind,
  instrument: 'test-1',
  axis: 'axis-a',
  integrationUs: 100_000,
  gain: 1,
  binning: 1,
  averages: 1,
  temperatureC: 20,
  counts: new Float64Array(4).fill(kind === 'dark' ? 100 : 10_100),
  dark: kind === 'dark' ? null : { id: 'dark', counts: new Float64Array(4).fill(100) },
  density: 0,
  time: '2026-06-01T11:00:00.000Z',
  endMs: 0,
  boot: 'b1',
  clockTrusted: true,
  ...changes,
})
