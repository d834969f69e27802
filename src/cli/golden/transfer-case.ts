import { z } from 'zod'
import type { Bias, SlopeBias, SpectrumTransfer } from '../../calibration/transfer/contract.js'
import { dsRunner, fitDs } from '../../calibration/transfer/direct.js'
import { fitPds, pdsRunner } from '../../calibration/transfer/piecewise.js'
import { correctPrediction, fitBias, fitSlopeBias } from '../../calibration/transfer/predictions.js'
import { type Answer, listAnswer, parametersOf, rowsAnswer } from './answer.js'
import { type GoldenCase, numberList, numberRows } from './schema.js'

const parameters = z.discriminatedUnion('method', [
  z.strictObject({ method: z.literal('ds'), rcond: z.number() }),
  z.strictObject({ method: z.literal('pds'), half_window: z.number(), rank: z.number() }),
  z.strictObject({ method: z.literal('slope_bias') }),
  z.strictObject({ method: z.literal('bias') }),
])

/** Fits a transfer to the standards, or known values, of a case and applies it to its input. */
export const transferAnswer = (golden: GoldenCase): Answer => {
  const params = parametersOf(parameters, golden.params)
  if (params.method === 'slope_bias') return corrected(fitSlopeBias(numberList(golden.input), numberList(golden['reference'])), golden)
  if (params.method === 'bias') return corrected(fitBias(numberList(golden.input), numberList(golden['reference'])), golden)
  const slave = numberRows(golden['slave_standards'])
  const master = numberRows(golden['master_standards'])
  const transfer =
    params.method === 'ds'
      ? dsRunner(fitDs(slave, master, { rcond: params.rcond }))
      : pdsRunner(fitPds(slave, master, { halfWindow: params.half_window, rank: params.rank }))
  return rowsAnswer(numberRows(golden.input).map((row) => transferred(transfer, row)))
}

const transferred = (transfer: SpectrumTransfer, row: Float64Array): Float64Array => {
  const output = new Float64Array(transfer.outputs)
  transfer.run(row, output)
  return output
}

const corrected = (fitted: SlopeBias | Bias, golden: GoldenCase): Answer =>
  listAnswer(numberList(golden.input).map((prediction) => correctPrediction(fitted, prediction)))
