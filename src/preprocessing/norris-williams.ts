import { z } from 'zod'
import { type Axis, makeAxis } from '../spectrum/axis.js'
import { composed, type LinearMap, linearMap, MAX_TAPS, type Row } from './linear-map.js'
import { operation, type Refuse } from './operation.js'
import type { LinearStage } from './stage.js'
import { type Ends, windowRow } from './window-row.js'

const count = z.number().int().min(1)

/**
 * Gap derivative (Norris, Williams 1984, Cereal Chemistry 61:158), in the three conventions of its peers; they differ in scale and ends.
 * chemotools: mean of `segment` (odd) points, then with h = (gap - 1) / 2 (gap odd) d1 (x[i+h] - x[i-h]) / gap, d2 (x[i+h] - 2 x[i] +
 * x[i-h]) / gap; beyond the ends, of both, by `mode` (`reflect` repeats the edge, `mirror` does not, `constant` is 0).
 * nirs4all: for each order mean of `segment` (odd) points, then (x[i+gap] - x[i-gap]) / (2 gap delta), the edge value repeated.
 * prospectr: order `m`, blocks of `s` points with binomial signs and `w` points between them, so scaled that the m-th derivative of a
 * polynomial of degree m is exact; ends dropped, an even kernel stands between two channels. `delta` absent: 1.
 * A NaN reaches the points whose formula names it.
 */
export const norrisWilliams = operation(
  z.discriminatedUnion('variant', [
    z.strictObject({
      variant: z.literal('chemotools'),
      segment: count,
      gap: z.number().int().min(3),
      deriv: z.literal([1, 2]),
      mode: z.enum(['nearest', 'mirror', 'reflect', 'wrap', 'constant']),
    }),
    z.strictObject({
      variant: z.literal('nirs4all'),
      segment: count,
      gap: count,
      deriv: z.number().int().min(1).max(4),
      delta: z.number().positive().optional(),
    }),
    z.strictObject({
      variant: z.literal('prospectr'),
      m: z.number().int().min(1).max(8),
      w: count,
      s: count,
      delta: z.number().positive().optional(),
    }),
  ]),
  (parameters, axis, refuse) => {
    const n = axis.values.length
    if (parameters.variant === 'prospectr') return blocks(parameters, axis, refuse)
    const { segment, gap, deriv } = parameters
    if (segment % 2 === 0) throw refuse(`segment ${segment}`, 'an odd segment')
    const span = deriv * (segment + 2 * gap)
    if (n * span > MAX_TAPS) throw refuse(`segment ${segment} and gap ${gap} on ${n} channels`, 'a shorter segment or gap on so many channels')
    const mean = Array<number>(segment).fill(1 / segment)
    if (parameters.variant === 'chemotools') {
      if (gap % 2 === 0) throw refuse(`gap ${gap}`, 'an odd gap')
      const half = (gap - 1) / 2
      const steps = deriv === 1 ? [[-half, -1 / gap] as const, [half, 1 / gap] as const] : second(half, gap)
      return { kind: 'linear', output: axis, map: composed(sparse(steps, n, parameters.mode), averaged(mean, n, parameters.mode)) }
    }
    const slope = 1 / (2 * gap * (parameters.delta ?? 1))
    const difference = sparse(
      [
        [-gap, -slope],
        [gap, slope],
      ],
      n,
      'nearest',
    )
    const once = composed(difference, averaged(mean, n, 'nearest'))
    let map = once
    for (let order = 1; order < deriv; order++) map = composed(once, map)
    return { kind: 'linear', output: axis, map }
  },
)

type Steps = readonly (readonly [offset: number, weight: number])[]

const second = (half: number, gap: number): Steps => [
  [-half, 1 / gap],
  [0, -2 / gap],
  [half, 1 / gap],
]

const averaged = (kernel: readonly number[], n: number, ends: Ends): LinearMap =>
  linearMap(
    n,
    Array.from({ length: n }, (_, i) => windowRow(kernel, i, n, ends)),
  )

/** A few points at given offsets from each channel. */
const sparse = (steps: Steps, n: number, ends: Ends): LinearMap =>
  linearMap(
    n,
    Array.from({ length: n }, (_, i) => ({ taps: steps.flatMap(([offset, weight]) => windowRow([weight], i + offset, n, ends).taps) })),
  )

const blocks = ({ m, w, s, delta = 1 }: { m: number; w: number; s: number; delta?: number | undefined }, axis: Axis, refuse: Refuse): LinearStage => {
  const n = axis.values.length
  const length = m * w + (m + 1) * s
  if (length > n) throw refuse(`m ${m}, w ${w}, s ${s}: ${length} points`, `at most ${n}, the number of channels here`)
  const outputs = n - length + 1
  if (outputs * (m + 1) * s > MAX_TAPS) throw refuse(`s ${s} on ${n} channels`, 'a shorter segment on so many channels')
  const norm = s * ((s + w) * delta) ** m
  const kernel = Array.from({ length: m + 1 }, (_, block) => {
    const weight = ((m - block) % 2 === 0 ? binomial(m, block) : -binomial(m, block)) / norm
    return Array.from({ length: s }, (_, k) => [block * (s + w) + k, weight] as const)
  }).flat()
  const rows = Array.from({ length: outputs }, (_, i): Row => ({ taps: kernel.map(([offset, weight]) => [i + offset, weight]) }))
  return { kind: 'linear', output: centres(axis, length, outputs), map: linearMap(n, rows) }
}

/** Position of each window: its middle channel, or the middle between the two. */
const centres = ({ kind, values }: Axis, length: number, outputs: number): Axis => {
  const low = Math.floor((length - 1) / 2)
  const high = Math.ceil((length - 1) / 2)
  return makeAxis(
    kind,
    Float64Array.from({ length: outputs }, (_, i) => ((values[i + low] ?? 0) + (values[i + high] ?? 0)) / 2),
  )
}

const binomial = (n: number, k: number): number =>
  Array.from({ length: k }, (_, i) => (n - i) / (i + 1)).reduce((product, factor) => product * factor, 1)
