import { z } from 'zod'
import { MAX_LAMBDA, penalisedSolver } from '../banded.js'
import type { Unfit } from '../contract.js'
import { gapReasons, takeValid } from '../gaps.js'
import { nanPolicy, operation } from '../operation.js'
import { airpls, arpls, asls } from './reweigh.js'

/** Most rounds of reweighting. */
const MAX_ROUNDS = 1000

const shared = {
  lam: z.number().positive().max(MAX_LAMBDA),
  diff_order: z.literal([1, 2]),
  max_iter: z.number().int().min(1).max(MAX_ROUNDS),
  tol: z.number().positive(),
  nan: nanPolicy,
}

const { masked, few } = gapReasons('baseline_pls')
const undetermined: Unfit = { flag: 'degenerate', why: 'baseline_pls: the weights of the last round leave no baseline' }

/**
 * Baseline by penalised least squares, subtracted: z minimises sum w (y - z)^2 + lam sum (differences of z of order `diff_order`)^2, the
 * weights following the residuals until they stand still within `tol` or after `max_iter` further rounds. asls: Eilers, Boelens 2005,
 * weights `p` above the baseline, 1 - `p` below. airpls: Zhang, Chen, Liang 2010, Analyst 135:1138. arpls: Baek et al. 2015, Analyst
 * 140:250. `nan: "skip"`: a masked channel has weight 0 and stays NaN.
 */
export const baselinePls = operation(
  z.discriminatedUnion('method', [
    z.strictObject({ method: z.literal('asls'), p: z.number().gt(0).lt(1), ...shared }),
    z.strictObject({ method: z.literal('airpls'), ...shared }),
    z.strictObject({ method: z.literal('arpls'), ...shared }),
  ]),
  (parameters, axis, refuse) => {
    const n = axis.values.length
    const { lam, diff_order, max_iter, tol, nan } = parameters
    if (n <= diff_order) throw refuse(`${n} channels with diff_order ${diff_order}`, `at least ${diff_order + 1}`)
    const solver = penalisedSolver(n, lam, diff_order)
    const reweigh = parameters.method === 'asls' ? asls(parameters.p, tol) : parameters.method === 'airpls' ? airpls(tol) : arpls(tol)
    const y = new Float64Array(n)
    const live = new Float64Array(n)
    const weights = new Float64Array(n)
    return {
      kind: 'free',
      output: axis,
      depends: 'all',
      run: (input, output) => {
        const valid = takeValid(input, y, live)
        weights.set(live)
        if (valid < n && nan !== 'skip') return masked
        if (valid <= diff_order) return few
        for (let round = 1; round <= max_iter + 1; round++) {
          if (!solver.solve(weights, y, output)) return undetermined
          if (reweigh(y, output, live, weights, round)) break
        }
        for (let i = 0; i < n; i++) output[i] = (input[i] ?? 0) - (output[i] ?? 0)
        return null
      },
    }
  },
)
