import { z } from 'zod'
import { linearMap, type Row } from './linear-map.js'
import { MAX_CHANNELS, operation } from './operation.js'

/** Listed pixels (zero based) are replaced, linearly over the pixel index, from the nearest good neighbours; at an end the nearest good value is held. */
export const deadPixel = operation(z.strictObject({ dead: z.array(z.number().int().min(0)).max(MAX_CHANNELS) }), ({ dead }, axis, refuse) => {
  const n = axis.values.length
  const wrong = dead.find((pixel) => pixel >= n)
  if (wrong !== undefined) throw refuse(`dead pixel ${wrong}`, `0 to ${n - 1}`)
  const good = Array.from({ length: n }, (_, i) => i).filter((i) => !dead.includes(i))
  if (good.length === 0) throw refuse('every pixel dead', 'at least one good pixel')
  const rows = Array.from({ length: n }, (_, i): Row => {
    const before = good.findLast((pixel) => pixel <= i)
    const after = good.find((pixel) => pixel >= i)
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
