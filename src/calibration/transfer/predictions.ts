import { Failure } from '../../failures.js'
import type { Bias, SlopeBias } from './contract.js'

/** Predictions whose spread is at or below this part of their size are all the same. */
const ALIKE = 1e-12

/**
 * The line by which predictions of an instrument become reference values: least squares of reference on prediction (Bouveresse, Hartmann,
 * Massart, Last, Prebble 1996, Analytical Chemistry 68:982).
 * @param predictions, reference of the same samples in the same order, in the unit of the value
 * @throws Failure DATA_INVALID: lists that do not pair, fewer than 2, or predictions that are all the same
 */
export const fitSlopeBias = (predictions: ArrayLike<number>, reference: ArrayLike<number>): SlopeBias => {
  const x = checked(predictions, reference, 2)
  const y = Float64Array.from(reference)
  const meanX = mean(x)
  const meanY = mean(y)
  const squares = x.reduce((sum, value) => sum + (value - meanX) ** 2, 0)
  if (!(Math.sqrt(squares) > ALIKE * Math.sqrt(x.reduce((sum, value) => sum + value * value, 0))))
    throw new Failure('DATA_INVALID', {
      where: 'transfer',
      seen: `${x.length} predictions that are all ${x[0]}`,
      allowed: 'samples that differ',
      cure: 'correct the bias alone, or give standards over the range of values',
    })
  const slope = x.reduce((sum, value, i) => sum + (value - meanX) * ((y[i] ?? 0) - meanY), 0) / squares
  return { method: 'slope_bias', slope, bias: meanY - slope * meanX }
}

/** The mean difference reference - prediction. @throws Failure DATA_INVALID: lists that do not pair, or empty ones. */
export const fitBias = (predictions: ArrayLike<number>, reference: ArrayLike<number>): Bias => {
  const x = checked(predictions, reference, 1)
  return { method: 'bias', bias: mean(x.map((value, i) => (reference[i] ?? Number.NaN) - value)) }
}

export const correctPrediction = (transfer: SlopeBias | Bias, prediction: number): number =>
  transfer.method === 'bias' ? prediction + transfer.bias : transfer.bias + transfer.slope * prediction

const checked = (predictions: ArrayLike<number>, reference: ArrayLike<number>, least: number): Float64Array => {
  if (predictions.length !== reference.length || predictions.length < least)
    throw new Failure('DATA_INVALID', {
      where: 'transfer',
      seen: `${predictions.length} predictions and ${reference.length} reference values`,
      allowed: `one of either for each sample, at least ${least}`,
    })
  for (let i = 0; i < predictions.length; i++)
    if (!Number.isFinite(predictions[i]) || !Number.isFinite(reference[i]))
      throw new Failure('DATA_INVALID', {
        where: 'transfer',
        seen: `${predictions[i]} and ${reference[i]} of sample ${i}`,
        allowed: 'finite numbers',
      })
  return Float64Array.from(predictions)
}

const mean = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length
