import { z } from 'zod'
import { linearMap } from './linear-map.js'
import { list, operation, perChannel } from './operation.js'

/** y = (x - mean) / scale, channel by channel, with the numbers of the training set: the last step before a quantized network. */
export const centerScale = operation(z.strictObject({ mean: list, scale: list }), (parameters, axis, refuse) => {
  const mean = perChannel(parameters.mean, 'mean', axis, refuse)
  const scale = perChannel(parameters.scale, 'scale', axis, refuse)
  const wrong = scale.findIndex((value) => !(value > 0))
  if (wrong >= 0) throw refuse(`scale ${scale[wrong]} at index ${wrong}`, 'numbers above 0')
  const rows = Array.from(mean, (centre, i) => ({ taps: [[i, 1 / (scale[i] ?? 1)] as const], bias: -centre / (scale[i] ?? 1) }))
  return { kind: 'linear', output: axis, map: linearMap(axis.values.length, rows) }
})
