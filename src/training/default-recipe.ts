import type { Dataset } from '../datasets/folder.js'
import { Failure } from '../failures.js'
import { compactShape } from './cnn-task.js'
import { type Recipe, recipeSchema } from './recipe.js'

/** Channels that a network trained without a recipe sees: wider spectra are resampled to so many. */
const MAX_NETWORK_CHANNELS = 512

export interface Choices {
  readonly column: string
  readonly group: string | null
  readonly minCount: number | null
  readonly seed: number
}

/**
 * What is done when nobody wrote a recipe: the words of the column are the classes; absorbance, SNV and a first derivative; a fifth of
 * each class, chosen by chance, judges.
 * @throws Failure DATA_INVALID if the axis is too short for that.
 */
export const defaultRecipe = ({ meta, axis }: Dataset, { column, group, minCount, seed }: Choices): Recipe => {
  const { values } = axis
  const points = Math.min(values.length, MAX_NETWORK_CHANNELS)
  const from = values[0] ?? 0
  const to = values.at(-1) ?? 0
  // The last point is set to the end itself: rounding must not carry it outside.
  const grid = Array.from({ length: points }, (_, i) => (i === points - 1 ? to : from + ((to - from) * i) / (points - 1)))
  if (points < 16)
    throw new Failure('DATA_INVALID', { where: meta.name, seen: `${points} channels`, allowed: 'at least 16, or a recipe of your own' })
  return recipeSchema.parse({
    id: `${meta.name}-${column}`
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .slice(0, 64),
    version: '1.0.0',
    title: `${column} of ${meta.title || meta.name}`.slice(0, 200),
    target: { kind: 'labels', column, ...(minCount === null ? {} : { minCount }) },
    split: { share: 0.2, group },
    quantity: meta.geometry === 'transmittance' ? 'transmittance' : 'reflectance',
    chain: [
      { op: 'absorbance', eps: 1e-8 },
      { op: 'resample', method: 'linear', outside: 'nan', grid },
      { op: 'level', name: 'level' },
      { op: 'snv', ddof: 0 },
      { op: 'savgol', window: 11, poly: 2, deriv: 1, mode: 'interp' },
    ],
    augment: { offset: 0.05, slope: 0.05, gain: 0.02 },
    cnn: { ...compactShape, epochs: 60, batch: 32, learningRate: 0.002, dropout: 0, weightDecay: 0.001 },
    folds: 4,
    draws: { train: 1, judge: 1 },
    pls: { components: 10 },
    gate: { components: 5, alpha: 0.02, margin: 0.25 },
    confidence: 0.8,
    population: { components: 8 },
    seed,
  })
}
