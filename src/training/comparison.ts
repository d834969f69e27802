import { balancedFigure, type Figure } from './figures.js'
import { fitLinear, type LinearModel } from './linear-model.js'
import { type Measure, measureBy } from './prepare.js'
import type { ReportTask } from './test-figures.js'

export interface Comparison {
  readonly figures: Readonly<Record<string, Figure>>
  /** Components of the PLS that was trained as the network was. */
  readonly components: readonly number[]
}

/** Multiples of an exposure so short would round to nothing: microseconds. */
const SHORTEST_US = 1

/**
 * The linear model beside the network: trained and judged on spectra measured as the recipe says (`draws`: the test objects, each measured
 * several times). Where they go through counts, also what the counts cost: the same without counts, and against a bare white, which
 * forces an exposure shorter by the filter that the recipe has.
 */
export const compareLinear = (task: ReportTask, draws: readonly (readonly Float64Array[])[]): Comparison => {
  const { recipe, test, measure, random } = task
  const linear = fittedTo(task, measure)
  const figures: Record<string, Figure> = { 'balanced-accuracy-pls': judgedBy(task, linear, draws) }
  const error = rootMeanSquare(task, linear, draws)
  if (error !== null) figures['rmsep-pls'] = { value: error, interval: null }
  if (recipe.counts !== null) {
    const { density, integrationUs } = recipe.counts
    figures['balanced-accuracy-pls-ideal'] = judgedBy(
      task,
      fittedTo(task, (ratio) => ratio.slice()),
      [test.ratios],
    )
    const shorter = Math.max(SHORTEST_US, Math.round(integrationUs * 10 ** -density))
    const bareWhite = measureBy({ ...recipe.counts, density: 0, integrationUs: shorter }, test.ratios[0]?.length ?? 0)
    figures['balanced-accuracy-pls-bare-white'] = judgedBy(
      task,
      fittedTo(task, bareWhite),
      draws.map(() => test.ratios.map((ratio) => bareWhite(ratio, random))),
    )
  }
  return { figures, components: linear.components }
}

const fittedTo = ({ recipe, labels, own, prepareBare, random }: ReportTask, measure: Measure): LinearModel => {
  const drawn = own.ratios.flatMap((ratio, n) =>
    Array.from({ length: recipe.draws.train }, () => prepareBare(measure(ratio, random))).flatMap((prepared) =>
      prepared === null ? [] : [{ n, row: prepared.values }],
    ),
  )
  return fitLinear({
    target: recipe.target,
    labels,
    rows: drawn.map(({ row }) => row),
    truth: drawn.map(({ n }) => own.truth[n] ?? 0),
    values: drawn.map(({ n }) => own.values[n] ?? 0),
    folds: drawn.map(({ n }) => own.folds[n] ?? 0),
    maxComponents: recipe.pls.components,
  })
}

const judgedBy = ({ test, prepareBare, random }: ReportTask, model: LinearModel, draws: readonly (readonly Float64Array[])[]): Figure =>
  balancedFigure(
    test.truth,
    draws.map((draw) =>
      draw.map((ratio) => {
        const prepared = prepareBare(ratio)
        return prepared === null ? -1 : model.classify(prepared.values)
      }),
    ),
    random,
  )

const rootMeanSquare = ({ test, prepareBare }: ReportTask, model: LinearModel, draws: readonly (readonly Float64Array[])[]): number | null => {
  const squares = draws.flatMap((draw) =>
    draw.flatMap((ratio, n) => {
      const prepared = prepareBare(ratio)
      const value = prepared && model.value(prepared.values)
      return value === null ? [] : [(value - (test.values[n] ?? Number.NaN)) ** 2]
    }),
  )
  return squares.length === 0 ? null : Math.sqrt(squares.reduce((sum, square) => sum + square / squares.length, 0))
}
