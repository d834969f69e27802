import type { Subjects } from '../contract.js'
import { classOf } from '../examples.js'

/** Share of the best by which another may be worse and still counts as level with it. */
export const TIE = 0.02

/** Whether classes are learnt as classes; ranges of a value are learnt as values. */
export const isWords = ({ task, limits }: Pick<Subjects, 'task' | 'limits'>): boolean => task === 'class' && limits === null

/** Error of answers (class index or value, by row) to all subjects: 1 - balanced accuracy, or root mean square error. No answer is a wrong one. */
export const errorOf = ({ task, truth, values, limits }: Subjects, answers: ArrayLike<number>): number => {
  if (task === 'value') return Math.sqrt(values.reduce((sum, value, n) => sum + ((answers[n] ?? Number.NaN) - value) ** 2 / values.length, 0))
  const right = new Map<number, [hits: number, total: number]>()
  truth.forEach((own, n) => {
    const answer = answers[n] ?? Number.NaN
    const [hits, total] = right.get(own) ?? [0, 0]
    right.set(own, [hits + ((limits ? classOf(answer, limits) : answer) === own ? 1 : 0), total + 1])
  })
  let recall = 0
  for (const [hits, total] of right.values()) recall += hits / total / right.size
  return 1 - recall
}

/** What people read: balanced accuracy, or the error in the unit of the value. */
export const scoreOf = ({ task }: Pick<Subjects, 'task'>, error: number): number => (task === 'value' ? error : 1 - error)

/** Index of the first that is within 2 % of the smallest; they stand in order of simplicity. */
export const simplestOfBest = (criteria: readonly number[]): number => {
  const best = Math.min(...criteria)
  return criteria.findIndex((criterion) => level(criterion, best))
}

/** Within 2 % of the best; rounding apart, so that two of zero are level. */
export const level = (criterion: number, best: number): boolean => criterion <= best * (1 + TIE) + 1e-12

export const meanAndSpread = (values: readonly number[]): { mean: number; sd: number } => {
  const mean = values.reduce((sum, value) => sum + value / values.length, 0)
  const sd = values.length < 2 ? 0 : Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1))
  return { mean, sd }
}
