import { decide } from '../inference/decide.js'
import { softmax } from '../inference/scores.js'
import type { Chain } from '../preprocessing/contract.js'
import type { Axis } from '../spectrum/axis.js'
import { type Flag, flags as flagTable, type ReferencePolicy } from '../spectrum/flags.js'
import type { Quantity } from '../spectrum/quantity.js'
import type { Answer } from '../spectrum/result.js'
import { axisMisfit, fitChain, type Misfit, quantityMisfit, saturatedPixel } from './fit.js'
import type { ManifestDraft } from './manifest.js'
import type { LoadedModel, OpenModel } from './open.js'
import { flagsOf, ruleOf } from './rule.js'
import { type TransferUse, transferFlags, transferredRule } from './transfer.js'

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

export interface Inferred<C extends Calibrated> extends Omit<Prepared<C>, 'scalars'> {
  /** T2 and Q; null without a gate, or where nothing was computed. */
  readonly gate: { readonly t2: number; readonly q: number; readonly foreign: boolean } | null
  /** Calibrated score of each label in the order of `outputs.labels`; null where none was computed, and for a value. */
  readonly scores: Float64Array | null
  /** What a value model gives, in its unit; null where none was computed, and for labels. */
  readonly value: number | null
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
  /** One spectrum for itself; what lies between spectra (scans, drift) is the matter of `watchStream`. */
  decide(inferred: Inferred<Calibrated>): Answer
}

/**
 * Binds a model to an instrument with this axis and quantity. Never throws because they do not fit: then every answer is rejected, with the reason.
 * @param now monotonic milliseconds, for the timings.
 * @param transfer what makes the answers of this model right on this instrument; one that was made for others rejects every answer.
 */
export const bindModel = <M extends OpenModel>(
  model: M,
  instrument: { readonly axis: Axis; readonly quantity: Quantity },
  policy: ReferencePolicy,
  now: () => number,
  transfer: TransferUse | null = null,
): Binding<M> => {
  const { manifest } = model.bundle
  const rule = transferredRule(ruleOf(manifest), transfer)
  const fit = fitChain(model.bundle, instrument.axis)
  const chain = 'run' in fit ? fit : null
  const own = merged(flagsOf(manifest, rule), transferFlags(transfer))
  const misfit = 'run' in fit ? (quantityMisfit(manifest.input.quantity, instrument.quantity) ?? transfer?.misfit ?? null) : fit
  const transferred = misfit ? (ratio: Float64Array) => ratio : ratioBy(transfer)

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
      const values = wrong || !chain ? null : run(chain, transferred(calibrated.ratio), calibrated.measurement.saturated, note)
      const scalars = values && chain ? { ...chain.scalars } : {}
      return { calibrated, flags: merged(calibrated.flags, raised), why, values, scalars, prepareMs: now() - startMs }
    },
    infer: async ({ calibrated, flags, why, values, scalars, prepareMs }) => {
      const startMs = now()
      const judgement = values && model.gate ? model.gate.judge(values, scalars) : null
      const gate = judgement && { t2: judgement.t2, q: judgement.q, foreign: judgement.foreign }
      const reasons = judgement?.why ? [...why, judgement.why] : why
      const outputs = await model.batcher.run(values)
      const read = outputs ? readOutputs(manifest, outputs, transfer) : nothing
      const raised: readonly Flag[] = read === null ? ['degenerate'] : read.extrapolated ? ['extrapolated'] : []
      return {
        calibrated,
        flags: merged(flags, raised),
        why: read ? reasons : [...reasons, 'the graph gave a number that is not finite'],
        values,
        prepareMs,
        gate,
        scores: read?.scores ?? null,
        value: read?.value ?? null,
        inferMs: now() - startMs,
      }
    },
    decide: ({ flags, gate, scores, value }) => decide(rule, { policy, flags, foreign: gate?.foreign ?? false, scores, value }),
  }
}

const nothing = { scores: null, value: null, extrapolated: false } as const

/** Outputs of the graph as scores or value; null where one is not finite. */
const readOutputs = ({ task, outputs: { labels }, temperature = 1, range }: ManifestDraft, outputs: Float32Array, transfer: TransferUse | null) => {
  if (task === 'value') {
    const given = outputs[0] ?? Number.NaN
    const value = transfer?.value ? transfer.value(given) : given
    return Number.isFinite(value) ? { scores: null, value, extrapolated: range !== undefined && !(value >= range[0] && value <= range[1]) } : null
  }
  const scores = new Float64Array(labels.length)
  return softmax(outputs, 0, temperature, scores) ? { scores, value: null, extrapolated: false } : null
}

/** The ratio as the instrument of the training would have given it; overwritten by the next call, as the chain has read it by then. */
const ratioBy = (transfer: TransferUse | null): ((ratio: Float64Array) => Float64Array) => {
  const spectrum = transfer?.spectrum
  if (!spectrum) return (ratio) => ratio
  const changed = new Float64Array(spectrum.outputs)
  return (ratio) => {
    spectrum.run(ratio, changed)
    return changed
  }
}

/** The channels at the chain's end, in an array of their own: up to 16 spectra are on their way at once. Null where they are unfit. */
const run = (chain: Chain, ratio: Float64Array, saturated: Uint8Array, note: (reason: { flag: Flag; why: string }) => void): Float64Array | null => {
  const pixel = saturatedPixel(saturated, chain.uses)
  if (pixel >= 0) note({ flag: 'saturated', why: `pixel ${pixel}, which the model uses, is saturated` })
  const values = new Float64Array(chain.output.values.length)
  const unfit = chain.run(ratio, values)
  if (unfit) note(unfit)
  return unfit ? null : values
}

/** Every flag once, in the order of the table. */
export const merged = (given: readonly Flag[], raised: readonly Flag[]): readonly Flag[] =>
  raised.length === 0 ? given : (Object.keys(flagTable) as Flag[]).filter((flag) => given.includes(flag) || raised.includes(flag))
