import { z } from 'zod'
import { isFailure } from '../../failures.js'
import { operations } from '../../preprocessing/operations.js'
import { type Answer, ONE_LIST, rowName } from './answer.js'
import { chainAnswer, stepsOf } from './chain-case.js'
import { gateAnswer } from './gate-case.js'
import { predictionAnswer } from './prediction-case.js'
import { type GoldenCase, numberList, numberRows } from './schema.js'
import { transferAnswer } from './transfer-case.js'

export type Judgement =
  | { readonly at: 'passed' }
  | { readonly at: 'failed'; readonly why: string }
  | { readonly at: 'skipped'; readonly operation: string }

/** What is no step of a chain: it needs more than one spectrum, or gives no spectrum. */
const beyondChains: ReadonlyMap<string, (golden: GoldenCase) => Answer> = new Map([
  ['transfer', transferAnswer],
  ['pls_predict', predictionAnswer],
  ['t2_q', gateAnswer],
])

/** Runs one case through the code that also serves agent and trainer, and compares. Skipped: a case with an operation that does not exist. */
export const judge = (algo: string, golden: GoldenCase): Judgement => {
  const beyond = beyondChains.get(algo)
  try {
    if (beyond) return compared(beyond(golden), golden)
    const steps = stepsOf(algo, golden)
    const missing = steps.find(({ op }) => !operations.has(op))
    if (missing) return { at: 'skipped', operation: missing.op }
    return compared(chainAnswer(steps, golden), golden)
  } catch (error) {
    if (error instanceof z.ZodError) return { at: 'failed', why: `the case cannot be read: ${error.issues[0]?.message ?? error.message}` }
    if (!isFailure(error)) throw error
    // A fit to given numbers, unlike a chain, meets what is undefined when it is made.
    const right = golden.kind === 'error' || (golden.kind === 'degenerate' && beyond !== undefined)
    return right ? { at: 'passed' } : { at: 'failed', why: error.message }
  }
}

const compared = ({ numbers, unfit }: Answer, golden: GoldenCase): Judgement => {
  if (golden.kind === 'error') return { at: 'failed', why: 'was built, must be refused' }
  if (golden.kind === 'degenerate') return unfit ? { at: 'passed' } : { at: 'failed', why: 'was given out, must be reported as unusable' }
  if (numbers.size === 0) return { at: 'failed', why: `reported as unusable: ${unfit}` }
  for (const [name, want] of wanted(golden.output)) {
    const got = numbers.get(name)
    const difference = got ? firstDifference(got, want, golden.rtol, golden.atol) : `${name} was not computed`
    if (difference !== null) return { at: 'failed', why: numbers.size > 1 && got ? `${name}, ${difference}` : difference }
  }
  return { at: 'passed' }
}

/** The lists of an output by the names that an answer gives them. */
const wanted = (output: GoldenCase['output']): ReadonlyMap<string, Float64Array> => {
  if (!Array.isArray(output))
    return new Map(Object.entries(output).map(([name, value]) => [name, numberList(Array.isArray(value) ? value : [value])]))
  if (!Array.isArray(output[0])) return new Map([[ONE_LIST, numberList(output)]])
  return new Map(numberRows(output).map((row, i) => [rowName(i), row]))
}

/** The first value that is not within atol + rtol * |want|, in words; null when all are. NaN must meet NaN, and the lengths each other. */
export const firstDifference = (got: ArrayLike<number>, want: ArrayLike<number>, rtol: number, atol: number): string | null => {
  if (got.length !== want.length) return `got ${got.length} values, want ${want.length}`
  for (let i = 0; i < want.length; i++) {
    const have = got[i] ?? Number.NaN
    const wish = want[i] ?? Number.NaN
    const near = Number.isNaN(wish) ? Number.isNaN(have) : Math.abs(have - wish) <= atol + rtol * Math.abs(wish)
    if (!near) return `index ${i}: got ${have}, want ${wish}`
  }
  return null
}
