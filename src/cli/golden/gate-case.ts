import { z } from 'zod'
import { Failure } from '../../failures.js'
import { conformalQuantile } from '../../inference/conformal.js'
import { buildGate } from '../../inference/gate.js'
import { outOfFold } from '../../training/decision/out-of-fold.js'
import { jacksonMudholkar, residualThetas, t2Limit } from '../../training/gate-diagnostics.js'
import { fitPca } from '../../training/pca.js'
import { type Answer, parametersOf } from './answer.js'
import { type GoldenCase, numberList, numberRows } from './schema.js'

const share = z.number().gt(0).lt(1)
const components = z.number().int().min(1)
const parameters = z.union([
  z.strictObject({ components, confidence: share.optional(), limit: z.undefined().optional() }),
  z.strictObject({ components, limit: z.literal('jackson_mudholkar'), confidence: share }),
  z.strictObject({ components, limit: z.literal('out_of_fold_quantile'), quantile: share }),
])
type Parameters = z.output<typeof parameters>

/** T2 and Q of each spectrum as the agent's gate finds them, under the stored model or one fitted to `calibration`; and limits where asked for. */
export const gateAnswer = (golden: GoldenCase): Answer => {
  const params = parametersOf(parameters, golden.params)
  const calibration = golden['calibration'] === undefined ? null : numberRows(golden['calibration'])
  const limits = params.limit === undefined ? {} : limitsOf(params, numberRows(golden['calibration']), golden)
  const gate = buildGate({
    ...(calibration ? fitted(calibration, params.components) : stored(golden)),
    scalars: {},
    limits: { t2: Number.POSITIVE_INFINITY, q: Number.POSITIVE_INFINITY },
  })
  const judged = numberRows(golden.input).map((row) => ({ ...gate.judge(row, {}) }))
  return {
    numbers: new Map<string, readonly number[]>([
      ['t2', judged.map(({ t2 }) => t2)],
      ['q', judged.map(({ q }) => q)],
      ...Object.entries(limits).map(([name, limit]): [string, readonly number[]] => [name, [limit]]),
    ]),
    unfit: judged.find(({ why }) => why !== null)?.why ?? null,
  }
}

const limitsOf = (params: Parameters, calibration: readonly Float64Array[], golden: GoldenCase): Readonly<Record<string, number>> => {
  const k = params.components
  if (params.limit === 'jackson_mudholkar')
    return {
      q_limit: jacksonMudholkar(residualThetas(calibration, k), params.confidence),
      t2_limit: t2Limit(k, calibration.length, params.confidence),
    }
  if (params.limit !== 'out_of_fold_quantile') return {}
  const folds = z.array(z.number()).length(calibration.length).parse(golden['folds'])
  const { t2, q } = outOfFold(calibration, folds, k)
  return { t2_limit: limitAt(params.quantile, t2), q_limit: limitAt(params.quantile, q) }
}

/** By the rank rule of the agent's prediction sets. */
const limitAt = (quantile: number, distances: Float64Array): number => {
  const limit = conformalQuantile(distances.toSorted(), 1 - quantile)
  if (limit !== null) return limit
  const needed = Math.ceil(quantile / (1 - quantile))
  throw new Failure('DATA_INVALID', { seen: `${distances.length} spectra`, allowed: `at least ${needed} for a limit at ${quantile}` })
}

const fitted = (calibration: readonly Float64Array[], k: number) => {
  const { mean, loadings, variances } = fitPca(calibration, k)
  return { mean: [...mean], loadings: loadings.map((row) => [...row]), eigenvalues: variances }
}

const stored = (golden: GoldenCase) => ({
  mean: [...numberList(golden['mean'])],
  loadings: numberRows(golden['loadings']).map((row) => [...row]),
  eigenvalues: [...numberList(golden['variances'])],
})
