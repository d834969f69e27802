import type { Axis } from '../../spectrum/axis.js'
import { penalisedSolver } from '../banded.js'
import type { Unfit } from '../contract.js'
import { gapReasons, takeValid } from '../gaps.js'
import type { Refuse } from '../operation.js'
import type { FreeStage } from '../stage.js'

const { masked, few } = gapReasons('denoise')
const undetermined: Unfit = { flag: 'degenerate', why: 'denoise: so large a penalty leaves no curve' }

/**
 * The Whittaker smoother by its banded system. It is a fixed map where nothing is masked, but a dense one: as a matrix it would cost some
 * thirty times as much at 1000 channels, so it does not fold.
 */
export const whittaker = (lam: number, order: 1 | 2, skipsNaN: boolean, axis: Axis, refuse: Refuse): FreeStage => {
  const n = axis.values.length
  if (n <= order) throw refuse(`${n} channels with diff_order ${order}`, `at least ${order + 1}`)
  const solver = penalisedSolver(n, lam, order)
  const y = new Float64Array(n)
  const weights = new Float64Array(n)
  return {
    kind: 'free',
    output: axis,
    depends: 'all',
    run: (input, output) => {
      const valid = takeValid(input, y, weights)
      if (valid < n && !skipsNaN) return masked
      if (valid <= order) return few
      if (!solver.solve(weights, y, output)) return undetermined
      if (valid < n) for (let i = 0; i < n; i++) if (weights[i] === 0) output[i] = Number.NaN
      return null
    },
  }
}
