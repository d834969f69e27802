import type { GoldenQuestion } from '../models/golden.js'
import type { Random } from '../spectrum/random.js'
import { type Measure, sixDigits } from './prepare.js'
import { SMALLEST_RATIO } from './scale.js'

/** Spectra of each class, and of each limit between classes. */
const PER_CLASS = 6
const PER_EDGE = 4

/** Drawn objects in one set: with what is not a drawn object, more than the 32 that a bundle needs and fewer than the 512 it may have. */
const MIN_DRAWN = 24
const MAX_DRAWN = 400

/** Numbers in all golden spectra together: a bundle of a wide axis holds fewer of them. */
const MAX_NUMBERS = 200_000

/** One object that never existed: its class, the number behind it, and its spectrum in the quantity of the bundle. */
export interface GoldenObject {
  readonly label: number
  readonly assay: number
  readonly values: Float64Array
}

export interface GoldenPlan {
  /** Drawn from a statistical model of the training set, enough that every class and every limit is met. */
  readonly objects: readonly GoldenObject[]
  /** The mean of the training set. */
  readonly mean: Float64Array
  /** Whether spectra are ratios, which are changed in absorbance. */
  readonly ratio: boolean
  /** Smallest ratio that counts (scale.ts). */
  readonly smallest?: number
  readonly labels: readonly string[]
  /** Values at which the class changes. */
  readonly edges: readonly number[]
  readonly unit: string
  readonly measure: Measure
  readonly random: Random
}

/**
 * The golden spectra of a bundle: objects that never existed, measured with noise; of every class, near every limit, with masked and
 * saturated channels; other materials, an empty light path, a flat and a dark spectrum.
 */
export const goldenQuestions = (plan: GoldenPlan): GoldenQuestion[] => {
  const { objects, mean, ratio, smallest = SMALLEST_RATIO, labels, edges, unit, measure, random } = plan
  const channels = mean.length
  const measured = (values: Float64Array) => measure(values, random)
  const room = Math.max(MIN_DRAWN, Math.min(MAX_DRAWN, Math.floor(MAX_NUMBERS / channels)))
  const perClass = Math.max(1, Math.min(PER_CLASS, Math.floor((room - PER_EDGE * edges.length) / labels.length)))
  const ofClasses = labels.flatMap((label, k) =>
    objects
      .filter((object) => object.label === k)
      .slice(0, perClass)
      .map(({ values }, i) => question(`${label} ${i + 1}`, measured(values))),
  )
  const atEdges = edges.flatMap((edge) =>
    [...objects]
      .sort((a, b) => Math.abs(a.assay - edge) - Math.abs(b.assay - edge))
      .slice(0, PER_EDGE)
      .map(({ values }, i) => question(`at ${edge} ${unit}, ${i + 1}`, measured(values))),
  )
  // Few classes, or classes that the model seldom draws: any objects make up the number.
  const missing = Math.max(0, MIN_DRAWN - ofClasses.length - atEdges.length)
  const further = objects.slice(objects.length - missing).map(({ values }, i) => question(`drawn ${i + 1}`, measured(values)))
  const typical = measured(mean)
  const others = otherMaterials(mean, ratio, smallest).map(([name, values]) => question(name, measured(values)))
  const flat = (value: number) => new Float64Array(channels).fill(value)
  const level = mean.reduce((sum, value) => sum + value / channels, 0)
  return [
    ...ofClasses.slice(0, room),
    ...atEdges,
    ...further,
    ...others,
    question(ratio ? 'empty light path' : 'even light', flat(ratio ? 1 : level)),
    question(ratio ? 'grey filter, measured' : 'even light, a thousandth', measured(flat(ratio ? 0.001 : level / 1000))),
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

/** Shapes as strong as the mean but of another material: turned round, shifted, another band, half the contrast, smooth. */
const otherMaterials = (mean: Float64Array, ratio: boolean, smallest: number): [string, Float64Array][] => {
  const n = mean.length
  const base = ratio ? mean.map((value) => -Math.log10(Math.max(value, smallest))) : mean
  const back = (values: Float64Array) => (ratio ? values.map((value) => 10 ** -value) : values)
  const level = base.reduce((sum, value) => sum + value / n, 0)
  const height = ratio ? 1 : Math.abs(level) || 1
  const shift = Math.ceil(n / 10)
  const made: [string, Float64Array][] = [
    ['mean spectrum turned round', base.toReversed()],
    ['mean spectrum shifted by a tenth', base.map((_, i) => base[(i + shift) % n] ?? level)],
    ['mean spectrum with a band of another material', base.map((value, i) => value + 0.4 * height * Math.exp(-(((i - n / 3) / (n / 40)) ** 2)))],
    ['mean spectrum mixed with its mirror image', base.map((value, i) => (value + (base[n - 1 - i] ?? level)) / 2)],
    ['smooth slope', base.map((_, i) => level + 0.8 * height * (i / (n - 1) - 0.5))],
    [ratio ? 'twice the path' : 'half as much again', base.map((value) => (ratio ? 2 * value - 1.5 : 1.5 * value))],
  ]
  return made.map(([name, values]) => [name, back(values)])
}

const question = (name: string, values: Float64Array, flags: readonly string[] = []): GoldenQuestion => ({
  name,
  values: Array.from(values, (value) => (Number.isFinite(value) ? sixDigits(value) : null)),
  flags: [...flags],
})

const masked = (values: Float64Array, first: number, count: number): Float64Array =>
  values.map((value, i) => (i >= first && i < first + count ? Number.NaN : value))
