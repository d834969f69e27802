import { z } from 'zod'
import { linearMap, type Row } from './linear-map.js'
import { MAX_CHANNELS, operation } from './operation.js'

/** Listed pixels (zero based) are replaced, linearly over the pixel index, from the nearest good neighbours; at an end the nearest good value is held. */
export const deadPixel = operation(z.strictObject({ dead: z.array(z.number().int().min(0)).max(MAX_CHANNELS) }), ({ dead }, axis, refuse) => {
  const n = axis.values.length
  const wrong = dead.find((pixel) => pixel >= n)
  if (wrong !== undefined) throw refuse(`dead pixel ${wrong}`, `0 to ${n - 1}`)
  const bad = new Set(dead)
  if (bad.size === n) throw refuse('every pixel dead', 'at least one good pixel')
  const pixels = Array.from({ length: n }, (_, i) => i)
  const below = nearestGood(pixels, bad)
  const above = nearestGood(pixels.toReversed(), bad)
  const rows = pixels.map((i): Row => {
    const before = below.get(i)
    const after = above.get(i)
    if (before === undefined || after === undefined || before === after) return { taps: [[before ?? after ?? i, 1]] }
    const part = (i - before) / (after - before)
    return {
      taps: [
        [before, 1 - part],
        [after, part],
      ],
    }
  })
  return { kind: 'linear', output: axis, map: linearMap(n, rows) }
})

/** For each pixel the last good one met on the way, itself included. */
const nearestGood = (pixels: readonly number[], bad: ReadonlySet<number>): ReadonlyMap<number, number> => {
  const met = new Map<number, number>()
  let good: number | undefined
  for (const pixel of pixels) {
    if (!bad.has(pixel)) good = pixel
    if (good !== undefined) met.set(pixel, good)
  }
  return met
}
