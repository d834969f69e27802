import { concatMap, map, type OperatorFunction } from 'rxjs'
import type { Calibrated, Calibration } from '../calibration/calibrate.js'
import type { Moment } from '../calibration/references.js'
import { asFailure, type Failure } from '../failures.js'
import { type Binding, type Inferred, merged, type Prepared } from '../models/binding.js'
import type { Stream } from '../models/stream.js'
import type { Flag, ReferencePolicy } from '../spectrum/flags.js'
import { rejecting } from '../spectrum/flags.js'
import type { Measurement } from '../spectrum/measurement.js'
import type { Reference } from '../spectrum/reference.js'
import type { Answer } from '../spectrum/result.js'

/** What the spectra of one instrument pass through, as long as it stays the same instrument on the same axis. */
export interface Line {
  readonly calibration: Calibration
  /** Of this instrument, newest first. */
  references(): readonly Reference[]
  readonly policy: ReferencePolicy
  /** null where the slot holds no model. */
  readonly binding: Binding | null
  /** What lies between the spectra of `binding`; null: each is decided for itself. */
  readonly stream: Stream | null
  /** One spectrum that was bound here has its verdict: what it needed may be closed. */
  leave(): void
}

interface Carried {
  readonly line: Line
}
export interface OnLine<T> extends Carried {
  readonly spectrum: T
}

/**
 * Dark and white are chosen and applied: raw counts become a ratio. From here on the spectrum is bound to one line, and so to one bundle.
 * @param line gives a place on the line that holds now: `decided` leaves it
 */
export const calibrated = (line: () => Promise<Line>, now: () => Moment): OperatorFunction<Measurement, OnLine<Calibrated>> =>
  concatMap(async (measurement) => {
    const own = await line()
    return { line: own, spectrum: own.calibration.calibrate(measurement, own.references(), now()) }
  })

/** The chain of the bundle, onto its grid. */
export const prepared = (): OperatorFunction<OnLine<Calibrated>, OnLine<Prepared<Calibrated>>> =>
  map(({ line, spectrum }) => ({ line, spectrum: line.binding ? line.binding.prepare(spectrum) : withoutModel(spectrum) }))

interface Answered extends OnLine<Inferred<Calibrated>> {
  /** What the engine failed with at this spectrum; null: it answered. */
  readonly failure: Failure | null
}

/**
 * Gate, quantized net, calibrated scores, of up to MAX_IN_FLIGHT spectra at once. An engine that fails costs the answer, not the agent. One model answers in
 * the order of the calls (`Binding.infer`), but at a swap two are asked at once: what the new one says waits for what the old one has yet to say.
 */
export const inferred = (): OperatorFunction<OnLine<Prepared<Calibrated>>, Answered> => (spectra$) =>
  spectra$.pipe(
    map(answered),
    concatMap((answer) => answer),
  )

/** Asked at once. Never rejects. */
const answered = ({ line, spectrum }: OnLine<Prepared<Calibrated>>): Promise<Answered> => {
  const nothing = { ...spectrum, gate: null, scores: null, value: null, inferMs: 0 }
  const answer = line.binding ? line.binding.infer(spectrum) : Promise.resolve(nothing)
  return answer.then(
    (done): Answered => ({ line, spectrum: done, failure: null }),
    (error: unknown): Answered => {
      const failure = asFailure(error, 'INVARIANT', 'inference')
      const flags = merged(spectrum.flags, ['engine-failed'])
      return { line, spectrum: { ...nothing, values: null, flags, why: [...spectrum.why, failure.message] }, failure }
    },
  )
}

/** The verdict: exactly one answer, a doubt with its reason, or a measurement that is unfit. */
export interface Decided {
  readonly line: Line
  readonly inferred: Inferred<Calibrated>
  readonly answer: Answer
  readonly failure: Failure | null
}
export const decided = (): OperatorFunction<Answered, Decided> =>
  map(({ line, spectrum, failure }) => {
    line.leave()
    if (line.stream) return { line, failure, ...line.stream.decide(spectrum) }
    return { line, failure, inferred: spectrum, answer: line.binding ? line.binding.decide(spectrum) : unanswered(line, spectrum.flags) }
  })

const withoutModel = (spectrum: Calibrated): Prepared<Calibrated> => ({
  calibrated: spectrum,
  flags: [...spectrum.flags, 'no-model'],
  why: [],
  values: null,
  scalars: {},
  prepareMs: 0,
})

const unanswered = ({ policy }: Line, flags: readonly Flag[]): Answer => ({
  verdict: 'rejected',
  reason: rejecting(flags, policy),
  task: null,
  label: null,
  confidence: null,
  set: [],
  scores: {},
  value: null,
  unit: null,
  interval: null,
})
