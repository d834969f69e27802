import { z } from 'zod'
import { Failure } from '../failures.js'
import { type Axis, makeAxis } from '../spectrum/axis.js'
import type { Random } from '../spectrum/random.js'

const finite = z.number().refine(Number.isFinite, 'a finite number')
const MAX_CHANNELS = 16_384
const MAX_COMPONENTS = 64
const spectrum = z.array(finite).min(2).max(MAX_CHANNELS)

/**
 * A joint statistical model of spectrum (absorbance, or counts where there is none) and assay, fitted to a measured set so that others may draw from it without
 * having the set: mean, principal components of spectrum and assay together, and what they leave over. Holds no measured spectrum.
 */
export const populationSchema = z.strictObject({
  format: z.literal(1),
  name: z.string().min(1),
  /** What it was fitted to: data, licence, number of objects, in words. */
  source: z.string(),
  quantity: z.enum(['absorbance', 'counts-per-ms']),
  axis: z.strictObject({ kind: z.enum(['wavelength', 'wavenumber', 'raman-shift', 'pixel']), values: spectrum }),
  /** `low` and `high` are the smallest and largest assay of the set: draws outside are thrown back. */
  assay: z.strictObject({ unit: z.string(), mean: finite, low: finite, high: finite, residualSd: finite.min(0) }),
  mean: spectrum,
  /** One row a component: the spectrum and the assay that one standard deviation of its score adds. */
  components: z
    .array(z.strictObject({ assay: finite, spectrum }))
    .min(1)
    .max(MAX_COMPONENTS),
  /** What is left: standard deviation on each channel, and the correlation of neighbouring channels (AR(1) along the axis). */
  residual: z.strictObject({ sd: spectrum, correlation: finite.min(-1).max(1) }),
})
export type Population = z.output<typeof populationSchema>

/** One object that never existed: its assay, and its spectrum in the quantity and on the axis of the model. */
export interface Draw {
  readonly assay: number
  readonly values: Float64Array
}

/** Scores farther out than this many standard deviations are drawn again: the set holds no such objects. */
const MAX_SCORE = 3

/** Draws whose assay falls outside the set are thrown back, at most so many times. */
const MAX_THROWBACKS = 1000

/**
 * Draws one object. Scores are normal, cut at 3 standard deviations; the residual is an AR(1) series with the measured spread.
 * @throws Failure DATA_INVALID if the model's own limits of the assay are never met.
 */
export const drawPopulation = (model: Population, random: Random): Draw => {
  for (let i = 0; i < MAX_THROWBACKS; i++) {
    const scores = model.components.map(() => score(random))
    const along = model.components.reduce((sum, component, k) => sum + component.assay * (scores[k] ?? 0), 0)
    const assay = model.assay.mean + along + model.assay.residualSd * random.gaussian()
    if (assay < model.assay.low || assay > model.assay.high) continue
    return { assay, values: spectrumOf(model, scores, random) }
  }
  const { low, high } = model.assay
  throw new Failure('DATA_INVALID', { where: model.name, seen: `${MAX_THROWBACKS} draws outside`, allowed: `an assay of ${low} to ${high}` })
}

/**
 * The model from the text of a `population.json`.
 * @throws Failure DATA_INVALID naming the key, or AXIS_INVALID.
 */
export const parsePopulation = (text: string, where: string): { model: Population; axis: Axis } => {
  let raw: unknown
  try {
    raw = JSON.parse(text)
  } catch (cause) {
    throw new Failure('DATA_INVALID', { where, seen: 'text that is not JSON', allowed: 'a statistical model as npm run models writes it', cause })
  }
  const parsed = populationSchema.safeParse(raw)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new Failure('DATA_INVALID', { where: `${where}, key "${issue?.path.join('.') ?? ''}"`, seen: issue?.message ?? 'something else' })
  }
  const model = parsed.data
  const channels = model.axis.values.length
  const lengths = [model.mean, model.residual.sd, ...model.components.map((component) => component.spectrum)].map((row) => row.length)
  const wrong = lengths.find((length) => length !== channels)
  if (wrong !== undefined)
    throw new Failure('DATA_INVALID', { where, seen: `a spectrum of ${wrong} values`, allowed: `${channels}, as its axis has` })
  return { model, axis: makeAxis(model.axis.kind, model.axis.values, where) }
}

const score = (random: Random): number => {
  for (;;) {
    const value = random.gaussian()
    if (Math.abs(value) <= MAX_SCORE) return value
  }
}

const spectrumOf = (model: Population, scores: readonly number[], random: Random): Float64Array => {
  const values = Float64Array.from(model.mean)
  model.components.forEach((component, k) => {
    const s = scores[k] ?? 0
    component.spectrum.forEach((loading, i) => {
      values[i] = (values[i] ?? 0) + s * loading
    })
  })
  const { sd, correlation } = model.residual
  const fresh = Math.sqrt(1 - correlation * correlation)
  let before = random.gaussian()
  sd.forEach((spread, i) => {
    if (i > 0) before = correlation * before + fresh * random.gaussian()
    values[i] = (values[i] ?? 0) + spread * before
  })
  return values
}
