import { EigenvalueDecomposition, Matrix } from 'ml-matrix'
import { Failure } from '../failures.js'
import { chiSquareQuantile, fQuantile, normalQuantile } from './distributions.js'
import { meanOf } from './pca.js'

/**
 * Limits of T2 and Q by formula. They assume normal scores and judge by the spectra that made the model, so they are printed beside the
 * out-of-fold limits (gate-fit.ts) and never decide. Jackson 1991, "A User's Guide to Principal Components", section 2.7.
 */
export type Thetas = readonly [theta1: number, theta2: number, theta3: number]

/** At or below this h0 the limit of Jackson and Mudholkar has no meaning: its root is of a number that need not be positive. */
export const LEAST_H0 = 0.05

const limitOfQ = 'the Jackson-Mudholkar limit of Q'

/** Sums of the first three powers of the eigenvalues (divisor n-1) that a model of `k` components leaves out. */
export const residualThetas = (rows: readonly Float64Array[], k: number): Thetas => {
  const channels = rows[0]?.length ?? 0
  const mean = meanOf(rows, channels)
  const centred = new Matrix(rows.map((row) => Array.from(row, (value, i) => value - (mean[i] ?? 0))))
  const gram = rows.length < channels ? centred.mmul(centred.transpose()) : centred.transpose().mmul(centred)
  const { realEigenvalues } = new EigenvalueDecomposition(gram, { assumeSymmetric: true })
  const left = realEigenvalues
    .map((value) => Math.max(0, value) / (rows.length - 1))
    .sort((a, b) => b - a)
    .slice(k)
  const sum = (power: number): number => left.reduce((total, value) => total + value ** power, 0)
  return [sum(1), sum(2), sum(3)]
}

/** h0 = 1 - 2 theta1 theta3 / (3 theta2^2). */
export const jacksonMudholkarH0 = ([theta1, theta2, theta3]: Thetas): number => 1 - (2 * theta1 * theta3) / (3 * theta2 * theta2)

/**
 * Limit of Q that a known spectrum keeps with probability `confidence` (Jackson, Mudholkar 1979, Technometrics 21:341).
 * @throws Failure DATA_INVALID naming h0 where it is at or below LEAST_H0, as one strong direction outside the model makes it, or where
 * nothing is left out of the model.
 */
export const jacksonMudholkar = (thetas: Thetas, confidence: number): number => {
  const [theta1, theta2] = thetas
  const h0 = jacksonMudholkarH0(thetas)
  if (!(h0 > LEAST_H0))
    throw new Failure('DATA_INVALID', {
      where: limitOfQ,
      seen: `h0 = ${h0.toPrecision(4)}`,
      allowed: `h0 above ${LEAST_H0}`,
      cure: 'use the out-of-fold limit, or more components',
    })
  const z = normalQuantile(confidence)
  const inner = (z * Math.sqrt(2 * theta2 * h0 * h0)) / theta1 + 1 + (theta2 * h0 * (h0 - 1)) / (theta1 * theta1)
  // Only far below a confidence of one half, where no limit is drawn.
  if (!(inner > 0)) throw new Failure('DATA_INVALID', { where: limitOfQ, seen: `confidence ${confidence}`, allowed: 'a confidence above 0.5' })
  return theta1 * inner ** (1 / h0)
}

/** Limit of Q as g chi-square(h), g = theta2 / theta1, h = theta1^2 / theta2 (Box 1954, Annals of Mathematical Statistics 25:290). */
export const boxLimit = ([theta1, theta2]: Thetas, confidence: number): number =>
  (theta2 / theta1) * chiSquareQuantile(confidence, (theta1 * theta1) / theta2)

/** Limit of T2 of `k` components from `n` spectra: k (n - 1) / (n - k) F(k, n - k), as chemotools has it. */
export const t2Limit = (k: number, n: number, confidence: number): number => ((k * (n - 1)) / (n - k)) * fQuantile(confidence, k, n - k)
