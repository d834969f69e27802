import { Failure } from '../failures.js'
import { buildChain } from '../preprocessing/chain.js'
import type { Step } from '../preprocessing/contract.js'
import type { Axis } from '../spectrum/axis.js'
import { chromationDetector, lampPerMs } from '../spectrum/detector.js'
import type { Random } from '../spectrum/random.js'
import { type CountsPlan, throughCounts } from './counts.js'
import { meanOf } from './pca.js'
import type { Recipe } from './recipe.js'

/** A spectrum at the end of the chain, and what the chain noted on the way. */
export interface Prepared {
  readonly values: Float64Array
  readonly scalars: Readonly<Record<string, number>>
}

/** Sends a ratio through a measurement with fresh noise; the same for everything that is drawn, trained on or judged. */
export type Measure = (ratio: Float64Array, random: Random) => Float64Array

/** The plan of a recipe's counts on an instrument of so many pixels. */
export const countsPlan = ({ integrationUs, density, averages, referenceAverages }: NonNullable<Recipe['counts']>, pixels: number): CountsPlan => ({
  detector: chromationDetector,
  lampPerMs: lampPerMs(pixels),
  exposureMs: integrationUs / 1000,
  density,
  averages,
  referenceAverages,
})

export const measureBy = (counts: Recipe['counts'], pixels: number): Measure =>
  counts === null ? (ratio) => ratio.slice() : throughCounts(countsPlan(counts, pixels))

/** Runs ratios through a chain, each into arrays of its own. `null` where the spectrum is unfit: a channel is masked, or it is flat. */
export const preparer = (steps: readonly Step[], axis: Axis): { output: Axis; prepare: (ratio: Float64Array) => Prepared | null } => {
  const chain = buildChain(steps, axis)
  if (chain.uncovered > 0)
    throw new Failure('CHAIN_INVALID', {
      where: 'chain of the recipe',
      seen: `${chain.uncovered} channels outside the axis of the instrument (${axis.values[0]} to ${axis.values.at(-1)})`,
      allowed: 'a grid inside it',
    })
  return {
    output: chain.output,
    prepare: (ratio) => {
      const values = new Float64Array(chain.output.values.length)
      return chain.run(ratio, values) === null ? { values, scalars: { ...chain.scalars } } : null
    },
  }
}

/**
 * The last step: centre and scale of each channel from the training spectra, standard deviations with divisor n, raised to `floor`
 * times their mean where they are smaller. Six digits, so that the bundle says exactly what was used.
 */
export const centerScaleOf = (rows: readonly Float64Array[], floor: number): Step => {
  const channels = rows[0]?.length ?? 0
  const mean = meanOf(rows, channels)
  const sd = mean.map((centre, i) => Math.sqrt(rows.reduce((sum, row) => sum + ((row[i] ?? 0) - centre) ** 2, 0) / rows.length))
  const lowest = floor * (sd.reduce((sum, value) => sum + value, 0) / channels)
  return { op: 'center_scale', mean: [...mean].map(sixDigits), scale: [...sd].map((value) => sixDigits(Math.max(value, lowest))) }
}

export const sixDigits = (value: number): number => Number(value.toPrecision(6))
