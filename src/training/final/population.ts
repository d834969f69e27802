import { drawPopulation, type Population } from '../../datasets/population.js'
import type { Axis } from '../../spectrum/axis.js'
import type { Random } from '../../spectrum/random.js'
import { classOf } from '../examples.js'
import type { GoldenObject } from '../golden-set.js'
import type { Part } from '../material.js'
import { meanOf } from '../pca.js'
import { fitPopulation } from '../population-fit.js'
import { SMALLEST_RATIO } from '../scale.js'
import { isWords } from '../search/score.js'

/** Objects drawn for one set of golden spectra: enough that every class and every limit is met. */
const DRAWS = 400
const PER_CLASS = 6

export interface Drawing {
  /** The joint model of spectrum and value (of words: of the number of the class), that ships beside a bundle. */
  readonly population: Population
  readonly objects: readonly GoldenObject[]
  /** Mean of the training spectra in the quantity of the bundle. */
  readonly mean: Float64Array
}

/**
 * The statistical model of the training spectra, and objects drawn from it. Classes by words are drawn around the mean of each class: a joint model
 * of many classes and the number of the class would seldom draw one of them.
 */
export const drawingOf = (
  part: Part,
  axis: Axis,
  ratio: boolean,
  about: { name: string; source: string; components: number; smallest?: number },
  random: Random,
): Drawing => {
  const into = (values: Float64Array) => (ratio ? values.map((value) => -Math.log10(Math.max(value, about.smallest ?? SMALLEST_RATIO))) : values)
  const back = (values: Float64Array) => (ratio ? values.map((value) => 10 ** -value) : values)
  const rows = part.spectra.map(into)
  const words = isWords(part) || part.task === 'identity'
  const shared = { ...about, axis, quantity: ratio ? ('absorbance' as const) : ('counts-per-ms' as const) }
  const population = fitPopulation({ ...shared, rows, assays: words ? part.truth : part.values, unit: part.unit ?? 'class' })
  const mean = back(meanOf(rows, axis.values.length))
  if (!words) {
    const objects = Array.from({ length: DRAWS }, () => {
      const { assay, values } = drawPopulation(population, random)
      return { assay, label: part.limits ? classOf(assay, part.limits) : 0, values: back(values) }
    })
    return { population, objects, mean }
  }
  const means = part.labels.map((_, label) =>
    meanOf(
      rows.filter((_row, n) => part.truth[n] === label),
      axis.values.length,
    ),
  )
  const within = fitPopulation({
    ...shared,
    rows: rows.map((row, n) => row.map((value, i) => value - (means[part.truth[n] ?? 0]?.[i] ?? 0))),
    assays: rows.map(() => 0),
    unit: 'none',
  })
  const objects = part.labels.flatMap((_, label) =>
    Array.from({ length: Math.max(PER_CLASS, Math.ceil((PER_CLASS * 4) / part.labels.length)) }, () => {
      const { values } = drawPopulation({ ...within, assay: { ...within.assay, low: -1, high: 1, residualSd: 0, mean: 0 } }, random)
      return { assay: label, label, values: back(values.map((value, i) => value + (means[label]?.[i] ?? 0))) }
    }),
  )
  return { population, objects, mean }
}
