import { z } from 'zod'
import { commonContent, defineVerb, targetOf } from './verb.js'

/** Takes one measurement now; the response holds the result as it is also published. */
export const measure = defineVerb('take one measurement now', z.strictObject({ ...commonContent }), ({ instrument }, context) =>
  targetOf(instrument, context).measure(),
)
