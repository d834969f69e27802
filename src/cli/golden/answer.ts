import type { z } from 'zod'
import { Failure } from '../../failures.js'

/** What an operation gave for one case: lists of numbers by name, and why the spectrum is unusable where the operation says so. */
export interface Answer {
  readonly numbers: ReadonlyMap<string, ArrayLike<number>>
  readonly unfit: string | null
}

/** Name of row `i` of an answer that is a list of spectra. */
export const rowName = (i: number): string => `row ${i}`

/** Name of an answer that is one list. */
export const ONE_LIST = 'output'

/** Several spectra in the order of the input. */
export const rowsAnswer = (rows: readonly ArrayLike<number>[]): Answer => ({
  numbers: new Map(rows.map((row, i) => [rowName(i), row])),
  unfit: gapIn(rows),
})

export const listAnswer = (list: ArrayLike<number>): Answer => ({ numbers: new Map([[ONE_LIST, list]]), unfit: gapIn([list]) })

/** The parameters of a case. @throws Failure DATA_INVALID: a refusal of the configuration, as the operation itself would give it. */
export const parametersOf = <S extends z.ZodType>(schema: S, params: unknown): z.output<S> => {
  const parsed = schema.safeParse(params)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  throw new Failure('DATA_INVALID', {
    where: 'params',
    seen: issue?.path.join('.') || 'the parameters',
    allowed: issue?.message ?? 'other parameters',
  })
}

const gapIn = (rows: readonly ArrayLike<number>[]): string | null =>
  rows.some((row) => Array.from(row).some((value) => !Number.isFinite(value))) ? 'a result that is no number' : null
