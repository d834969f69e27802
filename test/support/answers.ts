import { pixelAxis } from '../../src/spectrum/axis.js'
import type { Answer, Result } from '../../src/spectrum/result.js'
import type { Decided, Line } from '../../src/station/line.js'
import { acquisition } from './references.js'

/** An answer as a model gives it, with more decimals than anyone needs. */
export const answer: Answer = {
  verdict: 'accepted',
  reason: null,
  task: 'class',
  label: 'within',
  confidence: 0.987654321,
  set: ['within'],
  scores: { under: 0.0123456789, within: 0.987654321 },
  value: null,
  unit: null,
  interval: null,
}

export const axis = pixelAxis(4)

/** A line without a model. */
export const bareLine = (changes: Partial<Line> = {}): Line => ({
  calibration: {
    calibrate: () => {
      throw new Error('not asked for')
    },
  },
  references: () => [],
  policy: 'flag',
  binding: null,
  stream: null,
  leave: () => {},
  ...changes,
})

/** What the end of the line hands to delivery. */
export const decision = (changes: { line?: Line; answer?: Answer; seq?: number; flags?: Result['flags'] } = {}): Decided => {
  const { line = bareLine(), seq = 7, flags = [] } = changes
  const measurement = {
    ...{ instrument: 'spectro-1', seq, time: '2026-06-01T12:00:00.123Z', endMs: 5 },
    ...{ axis, counts: new Float64Array(4).fill(500), saturated: new Uint8Array(4), flags },
    acquisition: acquisition({ exposureMs: 100.123456, averages: 2 }),
  }
  const calibrated = { measurement, ratio: new Float64Array(4), quantity: 'transmittance', flags, references: { dark: 'D', white: 'W' } } as const
  const nothing = { values: null, gate: null, scores: null, value: null }
  const inferred = { calibrated, flags, why: [], ...nothing, prepareMs: 0.0516, inferMs: 1.23456789 }
  return { line, inferred, answer: changes.answer ?? answer, failure: null }
}
