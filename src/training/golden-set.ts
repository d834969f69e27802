import { type Draw, drawPopulation, type Population } from '../datasets/population.js'
import type { GoldenQuestion } from '../models/golden.js'
import type { Random } from '../spectrum/random.js'
import { type Measure, sixDigits } from './prepare.js'

/** Objects drawn from the population for one set of golden spectra: enough that every class and every limit is met. */
const DRAWS = 400

/** Spectra of each class, and of each limit between classes. */
const PER_CLASS = 6
const PER_EDGE = 4

/** Drawn objects in one set: with what is not a drawn object, more than the 32 that a bundle needs and fewer than the 512 it may have. */
const MIN_DRAWN = 24
const MAX_DRAWN = 400

export interface GoldenPlan {
  readonly population: Population
  /** Class of an assay. */
  readonly classOf: (assay: number) => number
  readonly labels: readonly string[]
  /** Assays at which the class changes. */
  readonly edges: readonly number[]
  readonly measure: Measure
  readonly random: Random
}

/**
 * The golden spectra of a bundle: objects that never existed, drawn from the statistical model and measured with noise; of every class,
 * near every limit, with masked and saturated channels; other materials, an empty light path, a flat and a dark spectrum.
 */
export const goldenQuestions = ({ population, classOf, labels, edges, measure, random }: GoldenPlan): GoldenQuestion[] => {
  const drawn = Array.from({ length: DRAWS }, () => drawPopulation(population, random))
  const measured = (values: Float64Array) => measure(ratioOf(values), random)
  const typical = measured(Float64Array.from(population.mean))
  const perClass = Math.max(1, Math.min(PER_CLASS, Math.floor((MAX_DRAWN - PER_EDGE * edges.length) / labels.length)))
  const ofClasses = labels.flatMap((label, k) =>
    drawn
      .filter(({ assay }) => classOf(assay) === k)
      .slice(0, perClass)
      .map((draw, i) => question(`${label} ${i + 1}`, measured(draw.values))),
  )
  const atEdges = edges.flatMap((edge) =>
    [...drawn]
      .sort((a, b) => Math.abs(a.assay - edge) - Math.abs(b.assay - edge))
      .slice(0, PER_EDGE)
      .map((draw: Draw, i) => question(`at ${edge} ${population.assay.unit}, ${i + 1}`, measured(draw.values))),
  )
  // Few classes, or classes that the model seldom draws: any objects make up the number.
  const missing = Math.max(0, MIN_DRAWN - ofClasses.length - atEdges.length)
  const further = drawn.slice(drawn.length - missing).map((draw, i) => question(`drawn ${i + 1}`, measured(draw.values)))
  const others = otherMaterials(Float64Array.from(population.mean)).map(([name, values]) => question(name, measured(values)))
  const channels = population.mean.length
  const flat = (ratio: number) => new Float64Array(channels).fill(ratio)
  return [
    ...ofClasses.slice(0, MAX_DRAWN),
    ...atEdges,
    ...further,
    ...others,
    question('empty light path', flat(1)),
    question('grey filter, measured', measured(new Float64Array(channels).fill(3))),
    question('flat', flat(0.001)),
    question('dark', flat(0)),
    question('dark, measured', measure(flat(0), random)),
    question('saturated', typical, ['saturated']),
    question('dark reference expired', typical, ['dark-expired']),
    question('one channel masked', masked(typical, Math.floor(channels / 2), 1)),
    question('a band masked', masked(typical, Math.floor(channels / 4), Math.ceil(channels / 20))),
    question('all channels masked', masked(typical, 0, channels)),
  ]
}

/** Shapes as absorbing as the mean but of another material: turned round, shifted, another band, half the contrast, smooth. */
const otherMaterials = (mean: Float64Array): [string, Float64Array][] => {
  const n = mean.length
  const level = mean.reduce((sum, value) => sum + value / n, 0)
  const shift = Math.ceil(n / 10)
  return [
    ['mean spectrum turned round', mean.toReversed()],
    ['mean spectrum shifted by a tenth', mean.map((_, i) => mean[(i + shift) % n] ?? level)],
    ['mean spectrum with a band of another material', mean.map((value, i) => value + 0.4 * Math.exp(-(((i - n / 3) / (n / 40)) ** 2)))],
    ['mean spectrum mixed with its mirror image', mean.map((value, i) => (value + (mean[n - 1 - i] ?? level)) / 2)],
    ['smooth slope', mean.map((_, i) => level + 0.8 * (i / (n - 1) - 0.5))],
    ['twice the path', mean.map((value) => 2 * value - 1.5)],
  ]
}

const ratioOf = (absorbance: Float64Array): Float64Array => absorbance.map((value) => 10 ** -value)

const question = (name: string, ratio: Float64Array, flags: readonly string[] = []): GoldenQuestion => ({
  name,
  values: Array.from(ratio, (value) => (Number.isFinite(value) ? sixDigits(value) : null)),
  flags: [...flags],
})

const masked = (ratio: Float64Array, first: number, count: number): Float64Array =>
  ratio.map((value, i) => (i >= first && i < first + count ? Number.NaN : value))
