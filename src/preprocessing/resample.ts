import { z } from 'zod'
import { type Axis, makeAxis } from '../spectrum/axis.js'
import { akimaSlopes } from './akima.js'
import { type Place, type Slopes, throughNodes } from './hermite.js'
import { linearMap, MAX_TAPS, type Row } from './linear-map.js'
import { list, operation, type Refuse } from './operation.js'
import { pchipSlopes } from './pchip.js'
import { splineSlopes } from './spline.js'
import type { Stage } from './stage.js'

const target = {
  grid: list,
  outside: z.enum(['nan', 'clamp']).optional(),
}

/** A Gaussian is cut where it falls below the last digit of a double: 8.5 standard deviations. */
const GAUSSIAN_REACH = 8.5

/**
 * The spectrum on another grid. `linear`; `cubic` spline with `bc` "not-a-knot" or "natural"; `pchip` (Fritsch, Carlson 1980);
 * `akima` (1970); `fwhm`: Gaussian weights of that full width at half maximum in units of the axis, summing to 1 (prospectr resample2).
 * Outside the source range a point is NaN, or the value at that end with `outside: "clamp"`; never extrapolated.
 */
export const resample = operation(
  z.discriminatedUnion('method', [
    z.strictObject({ method: z.literal('linear'), ...target }),
    z.strictObject({ method: z.literal('cubic'), bc: z.enum(['not-a-knot', 'natural']), ...target }),
    z.strictObject({ method: z.literal('pchip'), ...target }),
    z.strictObject({ method: z.literal('akima'), ...target }),
    z.strictObject({ method: z.literal('fwhm'), fwhm: z.number().positive(), ...target }),
  ]),
  (parameters, axis, refuse): Stage => {
    const output = makeAxis(axis.kind, parameters.grid, 'grid')
    const places = located(axis.values, output.values, parameters.outside ?? 'nan')
    switch (parameters.method) {
      case 'linear':
        return { kind: 'linear', output, map: linearMap(axis.values.length, places.map(linearRow)) }
      case 'fwhm':
        return {
          kind: 'linear',
          output,
          map: linearMap(axis.values.length, gaussianRows(axis.values, output.values, places, parameters.fwhm, refuse)),
        }
      case 'cubic':
        return smooth(axis, output, places, 4, splineSlopes(parameters.bc), refuse)
      case 'pchip':
        return smooth(axis, output, places, 3, pchipSlopes, refuse)
      case 'akima':
        return smooth(axis, output, places, 3, akimaSlopes, refuse)
    }
  },
)

const located = (nodes: Float64Array, grid: Float64Array, outside: 'nan' | 'clamp'): readonly Place[] => {
  const last = nodes.length - 1
  const low = nodes[0] ?? 0
  const high = nodes[last] ?? 0
  let at = 0
  return Array.from(grid, (value) => {
    if (value < low) return outside === 'clamp' ? { at: 0, part: 0 } : null
    if (value > high) return outside === 'clamp' ? { at: last, part: 0 } : null
    while (at < last && (nodes[at + 1] ?? 0) <= value) at++
    const node = nodes[at] ?? 0
    return { at, part: value === node ? 0 : (value - node) / ((nodes[at + 1] ?? 0) - node) }
  })
}

/** A point on a node takes that node alone: a masked neighbour has no part in it. */
const linearRow = (place: Place): Row => {
  if (place === null) return { taps: [], bias: Number.NaN }
  const { at, part } = place
  if (part === 0) return { taps: [[at, 1]] }
  return {
    taps: [
      [at, 1 - part],
      [at + 1, part],
    ],
  }
}

const gaussianRows = (nodes: Float64Array, grid: Float64Array, places: readonly Place[], fwhm: number, refuse: Refuse): readonly Row[] => {
  let count = 0
  const sd = fwhm / (2 * Math.sqrt(2 * Math.LN2))
  return places.map((place, i) => {
    if (place === null) return { taps: [], bias: Number.NaN }
    const centre = Math.min(Math.max(grid[i] ?? 0, nodes[0] ?? 0), nodes.at(-1) ?? 0)
    const taps: [number, number][] = []
    nodes.forEach((node, k) => {
      const z = (node - centre) / sd
      if (Math.abs(z) <= GAUSSIAN_REACH || k === place.at) taps.push([k, Math.exp(-0.5 * z * z)])
    })
    count += taps.length
    if (count > MAX_TAPS) throw refuse(`fwhm ${fwhm}, so wide that it takes more than ${MAX_TAPS} weights`, 'a narrower one, or fewer channels')
    const total = taps.reduce((sum, [, weight]) => sum + weight, 0)
    // So narrow that every weight underflows: the node below takes it all.
    return total > 0 ? { taps: taps.map(([k, weight]) => [k, weight / total]) } : { taps: [[place.at, 1]] }
  })
}

const smooth = (axis: Axis, output: Axis, places: readonly Place[], least: number, slopes: Slopes, refuse: Refuse): Stage => {
  if (axis.values.length < least) throw refuse(`${axis.values.length} channels`, `at least ${least} for this method`)
  return throughNodes(axis, output, places, slopes)
}
