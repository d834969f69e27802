import { z } from 'zod'
import type { Reference } from '../spectrum/reference.js'
import { commonContent, defineVerb, targetOf } from './verb.js'

/** Measures the dark reference: no light may reach the probe. */
export const dark = defineVerb(
  'measure the dark reference: close the shutter or cover the probe first',
  z.strictObject({ ...commonContent }),
  async ({ instrument }, context) => toldReference(await targetOf(instrument, context).takeReference('dark', 0)),
)

/** What a response says of a reference: everything but the counts. */
export const toldReference = ({ id, kind, instrument, integrationUs, averages, temperatureC, density, time, counts, dark }: Reference) => ({
  reference: id,
  kind,
  instrument,
  integrationUs,
  averages,
  temperatureC,
  density,
  time,
  dark: dark?.id ?? null,
  meanCounts: Math.round((counts.reduce((sum, value) => sum + value, 0) / counts.length) * 10) / 10,
})
