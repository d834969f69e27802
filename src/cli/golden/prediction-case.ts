import { z } from 'zod'
import { Failure } from '../../failures.js'
import { dot } from '../../training/pca.js'
import { type Answer, listAnswer, parametersOf } from './answer.js'
import { type GoldenCase, numberList, numberRows } from './schema.js'

/** How many components the coefficients were made from: nothing is computed from it. */
const parameters = z.strictObject({ components: z.number().int().min(1).optional() })

/** One number for each spectrum: intercept + coefficients . x. */
export const predictionAnswer = (golden: GoldenCase): Answer => {
  parametersOf(parameters, golden.params)
  const coefficients = numberList(golden['coefficients'])
  const intercept = z.number().parse(golden['intercept'])
  return listAnswer(
    numberRows(golden.input).map((row) => {
      if (row.length !== coefficients.length)
        throw new Failure('DATA_INVALID', {
          seen: `a spectrum of ${row.length} channels`,
          allowed: `${coefficients.length}, one for each coefficient`,
        })
      return intercept + dot(coefficients, row)
    }),
  )
}
