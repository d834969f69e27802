import { z } from 'zod'
import { makeAxis } from '../spectrum/axis.js'
import { linearMap, type Row } from './linear-map.js'
import { operation } from './operation.js'

const edge = z.number()

/**
 * Fewer channels. `cut` keeps lo <= axis <= hi; `ranges` the union of several cuts, in the order of the axis; `bin` means of `size`
 * channels one after another, the last bin may be short (prospectr binning), its axis the mean of theirs.
 */
export const band = operation(
  z.discriminatedUnion('method', [
    z.strictObject({ method: z.literal('cut'), lo: edge, hi: edge }),
    z.strictObject({
      method: z.literal('ranges'),
      ranges: z
        .array(z.tuple([edge, edge]))
        .min(1)
        .max(256),
    }),
    z.strictObject({ method: z.literal('bin'), size: z.number().int().min(1) }),
  ]),
  (parameters, axis, refuse) => {
    const n = axis.values.length
    if (parameters.method === 'bin') {
      const bins = Array.from({ length: Math.ceil(n / parameters.size) }, (_, i) =>
        range(i * parameters.size, Math.min(n, (i + 1) * parameters.size)),
      )
      const centres = bins.map((bin) => bin.reduce((sum, k) => sum + (axis.values[k] ?? 0), 0) / bin.length)
      const rows = bins.map((bin): Row => ({ taps: bin.map((k) => [k, 1 / bin.length]) }))
      return { kind: 'linear', output: makeAxis(axis.kind, centres), map: linearMap(n, rows) }
    }
    const ranges = parameters.method === 'cut' ? [[parameters.lo, parameters.hi] as const] : parameters.ranges
    const upsideDown = ranges.find(([lo, hi]) => lo > hi)
    if (upsideDown) throw refuse(`a band from ${upsideDown[0]} to ${upsideDown[1]}`, 'the lower end first')
    const kept = range(0, n).filter((i) => ranges.some(([lo, hi]) => lo <= (axis.values[i] ?? 0) && (axis.values[i] ?? 0) <= hi))
    if (kept.length < 2)
      throw refuse(`bands that hold ${kept.length} channels`, `bands within ${axis.values[0]} to ${axis.values.at(-1)} that hold at least 2`)
    const output = makeAxis(
      axis.kind,
      kept.map((i) => axis.values[i] ?? 0),
    )
    const rows = kept.map((i): Row => ({ taps: [[i, 1]] }))
    return { kind: 'linear', output, map: linearMap(n, rows) }
  },
)

const range = (from: number, to: number): readonly number[] => Array.from({ length: to - from }, (_, i) => from + i)
