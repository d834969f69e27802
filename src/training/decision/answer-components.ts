import type { HeldOut, Task } from '../contract.js'
import { outputsBy } from '../network.js'
import { fitPcaBy } from '../pca.js'
import { mostComponents } from './joint-gate.js'

export interface AnsweredRows {
  readonly task: Task
  /** What ships, and its answers to spectra that it had not seen. */
  readonly graph: Uint8Array
  readonly held: readonly HeldOut[]
  /** Spectra at the chain's end, by row; with the fold, object and value of each. */
  readonly rows: readonly Float64Array[]
  readonly folds: readonly number[]
  readonly groups: readonly string[]
  readonly values: readonly number[]
  readonly maxComponents: number
}

/**
 * Components that a gate must have at least: of a value as many as its answers are drawn from; classes are told apart by directions of much variance
 * (`EXPLAINED` of joint-gate.ts), and where no answer was judged nobody knows the error.
 */
export const leastComponents = async ({ task, graph, held, rows, folds, groups, values, maxComponents }: AnsweredRows): Promise<number> => {
  if (task !== 'value' || held.length === 0) return 1
  const squares = held.reduce((sum, { row, outputs }) => sum + ((outputs[0] ?? Number.NaN) - (values[row] ?? Number.NaN)) ** 2, 0)
  return componentsOfAnswer({
    rows,
    answer: async (asked) => (await outputsBy(graph, asked)).map(([value = Number.NaN]) => value),
    error: Math.sqrt(squares / held.length),
    most: mostComponents(folds, groups, maxComponents),
  })
}

export interface AnswerComponentsTask {
  /** Spectra at the chain's end, as the gate sees them. */
  readonly rows: readonly Float64Array[]
  /** One value for each of such spectra, by the model that ships. */
  answer(rows: readonly Float64Array[]): Promise<readonly number[]>
  /** Root mean square error of the model on spectra that it had not seen. */
  readonly error: number
  /** Components that the gate can have at most. */
  readonly most: number
}

/**
 * Number of the first principal components from which the model gives the answers that it gives from whole spectra, but for less than its own error. What it
 * draws from directions of hardly any variance lies in the rest for a gate with fewer: Q calls there ordinary what moves the answer by many times its
 * error (measured: moisture of maize from raw spectra, error 0.006 %; a gate of the 2 components that hold 99.9 % of the variance let 70 % of the
 * spectra of another instrument pass, with answers off by 1.4 %; with the components of the answer none).
 */
export const componentsOfAnswer = async ({ rows, answer, error, most }: AnswerComponentsTask): Promise<number> => {
  const { mean, loadings } = fitPcaBy(rows, () => most)
  const whole = await answer(rows)
  const rebuilt = rows.map(() => Float64Array.from(mean))
  for (const [a, loading] of loadings.entries()) {
    rows.forEach((row, n) => {
      const own = rebuilt[n]
      if (!own) return
      const score = row.reduce((sum, value, i) => sum + (value - (mean[i] ?? 0)) * (loading[i] ?? 0), 0)
      loading.forEach((value, i) => {
        own[i] = (own[i] ?? 0) + score * value
      })
    })
    const squares = (await answer(rebuilt)).reduce((sum, value, n) => sum + (value - (whole[n] ?? Number.NaN)) ** 2, 0)
    if (Math.sqrt(squares / rows.length) < error) return a + 1
  }
  return loadings.length
}
