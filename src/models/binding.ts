import { decide } from '../inference/decide.js'
import { softmax } from '../inference/scores.js'
import type { Chain } from '../preprocessing/contract.js'
import type { Axis } from '../spectrum/axis.js'
import { type Flag, flags as flagTable, type ReferencePolicy } from '../spectrum/flags.js'
import type { Quantity } from '../spectrum/quantity.js'
import type { Answer } from '../spectrum/result.js'
import { axisMisfit, fitChain, type Misfit, quantityMisfit, saturatedPixel } from './fit.js'
import type { LoadedModel, OpenModel } from './load.js'

/** What calibration hands on, as far as a model cares. The array `ratio` is only read, and only during `prepare`. */
export interface Calibrated {
  readonly measurement: { readonly axis: Axis; readonly saturated: Uint8Array }
  /** The numbers in `quantity`, one per channel; NaN is masked. */
  readonly ratio: Float64Array
  readonly quantity: Quantity
  readonly flags: readonly Flag[]
}

/** A spectrum on the grid of the model, or the reason why it did not get there. */
export interface Prepared<C extends Calibrated> {
  readonly calibrated: C
  /** Those it came with and those raised here. */
  readonly flags: readonly Flag[]
  /** Sentences for the log: why it does not fit, is unfit, or (later) foreign. */
  readonly why: readonly string[]
  /** Channels at the chain's end, its own array; null where nothing may be computed from it. */
  readonly values: Float64Array | null
  readonly scalars: Readonly<Record<string, number>>
  readonly prepareMs: number
}

export interface Inferred<C extends Calibrated> extends Omit<Prepared<C>, 'values' | 'scalars'> {
  /** T2 and Q; null without a gate, or where nothing was computed. */
  readonly gate: { readonly t2: number; readonly q: number; readonly foreign: boolean } | null
  /** Calibrated score of each label in the order of `outputs.labels`; null where none was computed. */
  readonly scores: Float64Array | null
  /** From the call to the answer, waiting for the engine included. */
  readonly inferMs: number
}

/** The three stations between calibration and delivery, for one instrument and one model. */
export interface Binding<M extends OpenModel = LoadedModel> {
  readonly model: M
  /** Why every answer will be rejected; null where instrument and model fit. */
  readonly misfit: Misfit | null
  prepare<C extends Calibrated>(calibrated: C): Prepared<C>
  /** Resolves in the order of the calls. Rejects only where the engine itself fails. */
  infer<C extends Calibrated>(prepared: Prepared<C>): Promise<Inferred<C>>
  decide(inferred: Inferred<Calibrated>): Answer
}

/** Below this number of training objects the limits of a gate are rough (flag `gate-weak`); no gate at all is the roughest. */
export const GATE_OBJECTS = 40

/**
 * Binds a model to an instrument with this axis and quantity. Never throws because they do not fit: then every answer is rejected, with the reason.
 * @param now monotonic milliseconds, for the timings.
 */
export const bindModel = <M extends OpenModel>(
  model: M,
  instrument: { readonly axis: Axis; readonly quantity: Quantity },
  policy: ReferencePolicy,
  now: () => number,
): Binding<M> => {
  const { manifest } = model.bundle
  const { labels } = manifest.outputs
  const temperature = manifest.temperature ?? 1
  const fit = fitChain(model.bundle, instrument.axis)
  const chain = 'run' in fit ? fit : null
  const own: readonly Flag[] = (manifest.gate?.objects ?? 0) < GATE_OBJECTS ? ['gate-weak'] : []
  const misfit = 'run' in fit ? quantityMisfit(manifest.input.quantity, instrument.quantity) : fit

  /** The first reason why this one spectrum must not be computed at all. */
  const misfitOf = ({ measurement, quantity }: Calibrated): Misfit | null =>
    misfit ?? quantityMisfit(manifest.input.quantity, quantity) ?? axisMisfit(measurement.axis, instrument.axis)

  return {
    model,
    misfit,
    prepare: (calibrated) => {
      const startMs = now()
      const raised: Flag[] = [...own]
      const why: string[] = []
      const note = (reason: { readonly flag: Flag; readonly why: string }) => {
        raised.push(reason.flag)
        why.push(reason.why)
      }
      const wrong = misfitOf(calibrated)
      if (wrong) note(wrong)
      const values = wrong || !chain ? null : run(chain, calibrated, note)
      const scalars = values && chain ? { ...chain.scalars } : {}
      return { calibrated, flags: merged(calibrated.flags, raised), why, values, scalars, prepareMs: now() - startMs }
    },
    infer: async ({ calibrated, flags, why, values, scalars, prepareMs }) => {
      const startMs = now()
      const judgement = values && model.gate ? model.gate.judge(values, scalars) : null
      const gate = judgement && { t2: judgement.t2, q: judgement.q, foreign: judgement.foreign }
      const reasons = judgement?.why ? [...why, judgement.why] : why
      const logits = await model.batcher.run(values)
      const scores = logits && new Float64Array(labels.length)
      const finite = !logits || !scores || softmax(logits, 0, temperature, scores)
      return {
        calibrated,
        flags: finite ? flags : merged(flags, ['degenerate']),
        why: finite ? reasons : [...reasons, 'the graph gave a number that is not finite'],
        prepareMs,
        gate,
        scores: finite ? scores : null,
        inferMs: now() - startMs,
      }
    },
    decide: ({ flags, gate, scores }) =>
      decide({ labels, confidence: manifest.limits.confidence ?? 1, policy, flags, foreign: gate?.foreign ?? false, scores }),
  }
}

/** The channels at the chain's end, in an array of their own: up to 16 spectra are on their way at once. Null where they are unfit. */
const run = (chain: Chain, { ratio, measurement }: Calibrated, note: (reason: { flag: Flag; why: string }) => void): Float64Array | null => {
  const pixel = saturatedPixel(measurement.saturated, chain.uses)
  if (pixel >= 0) note({ flag: 'saturated', why: `pixel ${pixel}, which the model uses, is saturated` })
  const values = new Float64Array(chain.output.values.length)
  const unfit = chain.run(ratio, values)
  if (unfit) note(unfit)
  return unfit ? null : values
}

/** Every flag once, in the order of the table. */
const merged = (given: readonly Flag[], raised: readonly Flag[]): readonly Flag[] =>
  raised.length === 0 ? given : (Object.keys(flagTable) as Flag[]).filter((flag) => given.includes(flag) || raised.includes(flag))
