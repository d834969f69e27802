import { z } from 'zod'
import type { Unfit } from './contract.js'
import { gapReasons } from './gaps.js'
import { hullRunner } from './hull.js'
import { nanPolicy, operation } from './operation.js'

/** A continuum at or below this part of the largest value is rounding noise. */
const NOTHING = 1e-12

const { masked, few } = gapReasons('continuum_removal')
const dark: Unfit = { flag: 'degenerate', why: 'continuum_removal: the continuum is not above 0 everywhere, nothing can be divided by it' }

/**
 * Continuum removal (Clark, Roush 1984, Journal of Geophysical Research 89:6329; prospectr's continuumRemoval, type "R"): the upper convex
 * hull of the spectrum over the axis values, linear between its vertices. division: R / hull. subtraction: 1 + R - hull. `nan: "skip"`:
 * a masked channel is no vertex and stays NaN.
 */
export const continuumRemoval = operation(
  z.strictObject({ method: z.enum(['division', 'subtraction']), nan: nanPolicy }),
  ({ method, nan }, axis) => {
    const n = axis.values.length
    const continuum = hullRunner(axis.values, 'upper')
    return {
      kind: 'free',
      output: axis,
      depends: 'all',
      run: (input, output) => {
        const valid = continuum(input, output)
        if (valid < n && nan !== 'skip') return masked
        if (valid < 2) return few
        if (method === 'subtraction') {
          for (let i = 0; i < n; i++) output[i] = 1 + (input[i] ?? 0) - (output[i] ?? 0)
          return null
        }
        let largest = 0
        let least = Number.POSITIVE_INFINITY
        for (let i = 0; i < n; i++) {
          const height = output[i] ?? 0
          if (Number.isNaN(height)) continue
          largest = Math.max(largest, Math.abs(height))
          least = Math.min(least, height)
        }
        if (!(least > NOTHING * largest)) return dark
        for (let i = 0; i < n; i++) output[i] = (input[i] ?? 0) / (output[i] ?? 0)
        return null
      },
    }
  },
)
