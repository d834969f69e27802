import { z } from 'zod'
import { pixelAxis } from '../spectrum/axis.js'
import { powers } from './fit.js'
import { list, nanPolicy, operation, perChannel } from './operation.js'
import { againstReference } from './scatter.js'

/**
 * Extended MSC (Martens, Stark 1991, J. Pharmaceutical and Biomedical Analysis 9:625): as MSC with a polynomial of degree `order` in the
 * channel index, and spectra of known `interferents` that are fitted and taken away too. Weights and NaN as in `msc`.
 */
export const emsc = operation(
  z.strictObject({
    order: z.number().int().min(0).max(8),
    reference: list,
    interferents: z.array(list).max(64).optional(),
    weights: z.literal('row').optional(),
    row_weights: list.optional(),
    nan: nanPolicy,
  }),
  (parameters, axis, refuse) => {
    if ((parameters.weights === undefined) !== (parameters.row_weights === undefined))
      throw refuse('only one of weights and row_weights', 'both or neither')
    const reference = perChannel(parameters.reference, 'reference', axis, refuse)
    const weights = parameters.row_weights ? perChannel(parameters.row_weights, 'row_weights', axis, refuse) : null
    const interferents = (parameters.interferents ?? []).map((values, i) => perChannel(values, `interferent ${i}`, axis, refuse))
    const columns = [...powers(pixelAxis(axis.values.length).values, parameters.order), ...interferents]
    return againstReference('emsc', columns, reference, weights, parameters.nan === 'skip', axis, refuse)
  },
)
