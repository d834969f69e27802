import { z } from 'zod'
import { MAX_DENSITY } from '../calibration/reference.js'
import { toldReference } from './dark.js'
import { commonContent, defineVerb, targetOf } from './verb.js'

/** Measures the white reference: the standard, or the empty light path, bare or through a filter of known optical density. */
export const white = defineVerb(
  'measure the white reference, after the dark; "density" is the optical density of a filter before it (0: none)',
  z.strictObject({ ...commonContent, density: z.number().min(0).max(MAX_DENSITY).default(0) }),
  async ({ instrument, density }, context) => toldReference(await targetOf(instrument, context).takeReference('white', density)),
)
