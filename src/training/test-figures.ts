import { drawPopulation, type Population } from '../datasets/population.js'
import { Failure } from '../failures.js'
import type { OpenModel } from '../models/load.js'
import type { Random } from '../spectrum/random.js'
import { compareLinear } from './comparison.js'
import type { Held } from './cross-fit.js'
import { classOf } from './examples.js'
import { agreement, argmax, balancedFigure, type Confusion, confusionOf, type Figure, shareFigure } from './figures.js'
import { type Judged, judgeAll } from './judge.js'
import { logitsOf, type Network } from './network.js'
import type { Measure, Prepared } from './prepare.js'
import type { Recipe } from './recipe.js'

/** Measured objects: ratios on the instrument's axis, the class and the value of each. */
export interface Objects {
  readonly ratios: readonly Float64Array[]
  readonly truth: readonly number[]
  readonly values: readonly number[]
}

export interface Report {
  readonly labels: readonly string[]
  readonly objects: { readonly train: number; readonly test: number }
  /** Rows that took no part: without a label (or with one too rare), and without a value that the chain needs. */
  readonly leftOut: { readonly unlabelled: number; readonly unfit: number }
  /** By name; see `explained`. Shares between 0 and 1, errors in the unit of the target. */
  readonly figures: Readonly<Record<string, Figure>>
  /** The int8 network on the test objects, all noise draws together. */
  readonly confusion: Confusion
  readonly plsComponents: readonly number[]
}

/** What each figure of a report means. */
export const explained: Readonly<Record<string, string>> = {
  'balanced-accuracy': 'int8 network, test objects, mean over the noise draws',
  'balanced-accuracy-cross-fit': 'int8 network, training objects, each answered by a network that had not seen it',
  'balanced-accuracy-pls': 'PLS, test objects, the same draws',
  'balanced-accuracy-ideal': 'the same int8 network on test spectra that went through no counts',
  'balanced-accuracy-pls-ideal': 'PLS trained and judged without counts',
  'balanced-accuracy-pls-bare-white': 'PLS trained and judged through counts against a bare white',
  'balanced-accuracy-population': 'int8 network, objects drawn from the statistical model',
  'agreement-int8-fp32': 'share of spectra (test and cross-fit) to which int8 and fp32 give the same label',
  'accepted-share': 'share of test spectra with the verdict accepted',
  'accuracy-of-accepted': 'share of right labels among them',
  'foreign-share': 'share of test spectra that the gate refused',
  'rmsep-pls': 'root mean square error of the value by PLS, test objects',
}

/** int8 ships only where it agrees with fp32 on this share of labels (DESIGN section 7). */
export const MIN_AGREEMENT = 0.98

/** Objects drawn from the statistical model to be judged. */
const POPULATION_OBJECTS = 600

export interface ReportTask {
  readonly recipe: Recipe
  readonly labels: readonly string[]
  readonly own: Objects & { readonly folds: readonly number[] }
  readonly test: Objects
  readonly leftOut: Report['leftOut']
  readonly measure: Measure
  /** The chain with and without its last step, centre and scale: the network takes it, PLS does without. */
  readonly prepare: (ratio: Float64Array) => Prepared | null
  readonly prepareBare: (ratio: Float64Array) => Prepared | null
  readonly model: OpenModel
  readonly network: Network
  readonly held: Held
  readonly population: Population
  readonly random: Random
}

/**
 * Judges the finished model on the test objects, measured anew several times, and the linear model beside it.
 * @throws Failure BUNDLE_SELFTEST where int8 and fp32 agree on fewer labels than DESIGN allows.
 */
export const judgeTest = async (task: ReportTask): Promise<Report> => {
  const { recipe, labels, own, test, measure, prepare, model, network, held, random } = task
  const draws = Array.from({ length: recipe.draws.judge }, () => test.ratios.map((ratio) => measure(ratio, random)))
  const judged: Judged[][] = []
  for (const draw of draws) judged.push(await judgeAll(model, draw))
  const int8 = judged.map((draw) => draw.map(({ top }) => top ?? -1))

  const fit = draws.flat().flatMap((ratio) => prepare(ratio)?.values ?? [])
  const same = agreed(
    recipe.id,
    [...(await logitsOf(network.int8, fit)), ...held.logits].map(argmax),
    [...(await logitsOf(network.float, fit)), ...held.floatLogits].map(argmax),
  )
  const comparison = compareLinear(task, draws)
  const ideal = recipe.counts === null ? null : await judgeAll(model, test.ratios)
  const all = judged.flat()
  const accepted = all.flatMap(({ verdict, top }, n) => (verdict === 'accepted' ? [top === test.truth[n % test.truth.length]] : []))
  // Draws of one object are no independent trials: the intervals count objects.
  const share = (hits: number, total: number): Figure => shareFigure(hits / draws.length, total / draws.length)
  return {
    labels,
    objects: { train: own.ratios.length, test: test.ratios.length },
    leftOut: task.leftOut,
    figures: {
      'balanced-accuracy': balancedFigure(test.truth, int8, random),
      'balanced-accuracy-cross-fit': balancedFigure(own.truth, heldDraws(held, own.truth.length), random),
      ...(ideal ? { 'balanced-accuracy-ideal': balancedFigure(test.truth, [ideal.map(({ top }) => top ?? -1)], random) } : {}),
      'balanced-accuracy-population': await populationFigure(task),
      'agreement-int8-fp32': { value: same, interval: null },
      'accepted-share': share(accepted.length, all.length),
      'accuracy-of-accepted': share(accepted.filter((right) => right).length, accepted.length),
      'foreign-share': share(all.filter(({ reason }) => reason === 'foreign').length, all.length),
      ...comparison.figures,
    },
    confusion: confusionOf(
      judged.flatMap(() => test.truth),
      int8.flat(),
      labels.length,
    ),
    plsComponents: comparison.components,
  }
}

/**
 * Share of spectra to which the int8 graph and the fp32 graph give the same label.
 * @throws Failure BUNDLE_SELFTEST below `MIN_AGREEMENT`: such a model must not ship.
 */
export const agreed = (id: string, int8: readonly number[], float: readonly number[]): number => {
  const same = agreement(int8, float)
  if (same >= MIN_AGREEMENT) return same
  throw new Failure('BUNDLE_SELFTEST', {
    where: id,
    seen: `int8 and fp32 give the same label to ${(100 * same).toFixed(1)} % of spectra`,
    allowed: `at least ${100 * MIN_AGREEMENT} %`,
    cure: 'train with other settings of the network',
  })
}

/** The answers of the cross-fit as draws of whole sets; an object that was measured more often than another gives only as many as all did. */
const heldDraws = ({ objects, logits }: Held, count: number): number[][] => {
  const answers = Array.from({ length: count }, (): number[] => [])
  objects.forEach((n, i) => {
    answers[n]?.push(argmax(logits[i] ?? []))
  })
  const draws = Math.min(...answers.map((own) => own.length))
  return Array.from({ length: draws }, (_, d) => answers.map((own) => own[d] ?? -1))
}

const populationFigure = async ({ recipe, measure, model, population, random }: ReportTask): Promise<Figure> => {
  const objects = Array.from({ length: POPULATION_OBJECTS }, () => drawPopulation(population, random))
  const { target } = recipe
  const truth = objects.map(({ assay }) => (target.kind === 'limits' ? classOf(assay, target.limits) : Math.round(assay)))
  const judged = await judgeAll(
    model,
    objects.map(({ values }) =>
      measure(
        values.map((value) => 10 ** -value),
        random,
      ),
    ),
  )
  return balancedFigure(truth, [judged.map(({ top }) => top ?? -1)], random)
}
