import { z } from 'zod'

/** What a signed target says about its bundle beside length and hash. */
export const customSchema = z.strictObject({
  seq: z.number().int().min(1),
  id: z.string(),
  version: z.string(),
  rollout: z.strictObject({ percent: z.number().min(0).max(100), salt: z.string().min(1).max(64) }),
  groups: z.array(z.string().regex(/^[a-z0-9-]{1,64}$/, 'lower-case letters, digits and hyphens')).max(256),
  minAgent: z.string().optional(),
})
export type Custom = z.output<typeof customSchema>
