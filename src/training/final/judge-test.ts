import { drawPopulation } from '../../datasets/population.js'
import type { Random } from '../../spectrum/random.js'
import type { Figure } from '../contract.js'
import { classOf } from '../examples.js'
import { balancedFigure } from '../figures.js'
import { type Judged, judgeAll } from '../judge.js'
import type { Part } from '../material.js'
import { MAX_LISTED, type Report } from '../report.js'
import { type JudgedFigures, type Judgement, judgedFigures } from './figures-of.js'
import type { ReportTask } from './report-task.js'

/** The finished model on the part that was held back from every choice. */
export interface TestPart {
  readonly judged: JudgedFigures
  readonly refused: Report['refused']
  /** Ids that could not be judged. */
  readonly unfit: readonly string[]
}

/** Objects drawn from the statistical model to be judged. */
const POPULATION_OBJECTS = 600

/** Judges the test spectra, each measured as often as the recipe says, by the very stations of the agent. */
export const judgeTest = async ({
  recipe,
  material,
  open,
  part,
  random,
}: ReportTask & { readonly part: Part; readonly random: Random }): Promise<TestPart> => {
  const draws: Judged[][] = []
  const count = recipe.counts === null ? 1 : recipe.draws.judge
  for (let draw = 0; draw < count; draw++)
    draws.push(
      await judgeAll(
        open,
        part.spectra.map((values) => material.measure(values, random)),
        recipe.counts === null ? 'masked' : 'saturated',
      ),
    )
  const answers = draws.map((draw) => draw.map((judged) => answerIn(part, judged)))
  const judgements = draws.flatMap((draw, d) => draw.map((judged, row) => judgementOf(judged, row, answers[d]?.[row] ?? Number.NaN)))
  const [first = []] = draws
  const refused = first.flatMap(({ verdict, reason, why, set }, n) =>
    verdict === 'accepted' ? [] : [{ id: part.ids[n] ?? '', reason: reason ?? '', why: why[0] ?? ambiguous(part, set) }],
  )
  return {
    judged: judgedFigures(part, answers, judgements, random),
    refused: refused.slice(0, MAX_LISTED),
    unfit: first.flatMap(({ top, value }, n) => (top === null && value === null ? [part.ids[n] ?? ''] : [])),
  }
}

const ambiguous = ({ labels }: Part, set: readonly number[]): string =>
  set.length > 1 ? `several answers stand: ${set.map((label) => labels[label] ?? '').join(', ')}` : 'not sure enough, or its interval reaches a limit'

/** Of ranges of a value the middle of the range: the agent says the class, and the class is what is judged. */
const answerIn = ({ task, limits }: Part, { top, value }: Judged): number => {
  if (task === 'value') return value ?? Number.NaN
  if (top === null) return Number.NaN
  return limits ? ([limits[0] - 1, (limits[0] + limits[1]) / 2, limits[1] + 1][top] ?? Number.NaN) : top
}

const judgementOf = ({ verdict, reason, set, interval, scores }: Judged, row: number, answer: number): Judgement => ({
  row,
  answer,
  foreign: reason === 'foreign' || verdict === 'rejected',
  accepted: verdict === 'accepted',
  set: set.length > 0 ? set : null,
  interval,
  scores,
})

/** Balanced accuracy on objects drawn from the statistical model: what the demo and the golden spectra are like. */
export const populationFigure = async ({ material, open, drawing, samples }: ReportTask, random: Random): Promise<Figure> => {
  const { limits } = samples.own
  const objects = Array.from({ length: POPULATION_OBJECTS }, () => drawPopulation(drawing.population, random))
  const truth = objects.map(({ assay }) => (limits ? classOf(assay, limits) : Math.round(assay)))
  const judged = await judgeAll(
    open,
    objects.map(({ values }) =>
      material.measure(
        values.map((value) => 10 ** -value),
        random,
      ),
    ),
  )
  return balancedFigure(truth, [judged.map(({ top }) => top ?? -1)], random)
}
