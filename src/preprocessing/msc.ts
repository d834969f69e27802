import { z } from 'zod'
import { list, nanPolicy, operation, perChannel } from './operation.js'
import { againstReference } from './scatter.js'

/**
 * Multiplicative scatter correction (Geladi, MacDougall, Martens 1985, Applied Spectroscopy 39:491): x ~ c + m reference, y = (x - c) / m.
 * `weights: "row"` with `row_weights`: each row of the system is multiplied by its weight. `nan: "skip"`: fit on the finite points.
 */
export const msc = operation(
  z.strictObject({ reference: list, weights: z.literal('row').optional(), row_weights: list.optional(), nan: nanPolicy }),
  (parameters, axis, refuse) => {
    if ((parameters.weights === undefined) !== (parameters.row_weights === undefined))
      throw refuse('only one of weights and row_weights', 'both or neither')
    const reference = perChannel(parameters.reference, 'reference', axis, refuse)
    const weights = parameters.row_weights ? perChannel(parameters.row_weights, 'row_weights', axis, refuse) : null
    const constant = new Float64Array(axis.values.length).fill(1)
    return againstReference('msc', [constant], reference, weights, parameters.nan === 'skip', axis, refuse)
  },
)
