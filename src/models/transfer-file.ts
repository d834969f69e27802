import { readFile, stat } from 'node:fs/promises'
import { z } from 'zod'
import { transferSchema } from '../calibration/transfer/contract.js'
import { asFailure, Failure, isFailure } from '../failures.js'
import { conformalSchema, MAX_CHANNELS } from './manifest.js'

/** Referenced objects of an instrument from which on its answers have intervals of their own: at 95 % the bound is then the second largest error. */
export const REFERENCED_OBJECTS = 39

/** A piecewise transfer of 2048 channels takes some 300 kB. */
export const MAX_TRANSFER_BYTES = 64 * 1024 * 1024

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, '64 hex digits of SHA-256')
const finite = z.number().refine(Number.isFinite, 'a finite number')

/** Errors of answers to standards that the transfer had not seen, each for one object; as in a bundle, but of this instrument. */
const recalibrated = conformalSchema
  .omit({ graphSha256: true })
  .refine(
    ({ objects }) => objects >= REFERENCED_OBJECTS,
    `at least ${REFERENCED_OBJECTS} objects: below, answers of this instrument have no interval of their own`,
  )
  .refine(
    ({ pooled, classes }) => [pooled, ...Object.values(classes)].every((scores) => scores.every((score, i) => score >= (scores[i - 1] ?? 0))),
    'ascending scores',
  )

/**
 * What `transfer` writes: how the answers of one bundle become right on one instrument. It belongs to this pair and lives with the instrument, never
 * in the bundle (DESIGN section 5).
 */
export const transferFileSchema = z
  .strictObject({
    schema: z.literal('transfer/1'),
    /** The only bundle whose answers it may correct. */
    bundle: z.strictObject({ id: z.string(), version: z.string(), sha256 }),
    instrument: z.strictObject({
      /** Name of the instrument in the topics; null: any with this axis and quantity. */
      id: z.string().min(1).nullable(),
      quantity: z.enum(['transmittance', 'reflectance', 'counts-per-ms']),
      axis: z.strictObject({
        kind: z.enum(['wavelength', 'wavenumber', 'raman-shift', 'pixel']),
        values: z.array(finite).min(2).max(MAX_CHANNELS),
      }),
    }),
    /** Null: nothing is corrected; what is told is only how far the answers of this instrument may be off. */
    fitted: transferSchema.nullable(),
    /** Null: the answers have no interval that holds on this instrument. */
    conformal: recalibrated.nullable(),
    /** For people: the standards that it was fitted to, and what was found on them. `referenced` counts objects. */
    standards: z.strictObject({
      data: z.string(),
      referenced: z.number().int().min(1),
      spectra: z.number().int().min(1),
      picked: z.string(),
      figures: z.record(z.string(), finite),
    }),
  })
  .refine(
    ({ fitted, instrument }) => fitted === null || channelsOf(fitted).every((count) => count === null || count === instrument.axis.values.length),
    'a transfer of spectra with as many channels as the axis of the instrument',
  )
export type TransferFile = z.output<typeof transferFileSchema>

const channelsOf = (fitted: z.output<typeof transferSchema>): readonly (number | null)[] => {
  if (fitted.method === 'pds') return [fitted.offsets.length]
  return fitted.method === 'ds' ? [fitted.slaveMean.length, fitted.masterMean.length] : [null]
}

/** @throws Failure DATA_INVALID that says what is wrong, where, and what is allowed. */
export const parseTransfer = (text: string, where: string): TransferFile => {
  const refuse = (place: string, seen: string): never => {
    throw new Failure('DATA_INVALID', { where: place, seen, allowed: 'a file that "spectro2mqtt transfer" wrote', cure: 'make the transfer anew' })
  }
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch (error) {
    return refuse(where, error instanceof Error ? error.message : String(error))
  }
  const outcome = transferFileSchema.safeParse(document)
  if (outcome.success) return outcome.data
  const [first] = outcome.error.issues
  const path = first?.path.map(String).join('.') ?? ''
  return refuse(path === '' ? where : `${where} ${path}`, first?.message ?? 'another shape')
}

/** @throws Failure DATA_INVALID where there is no such file, or none that a transfer could be. */
export const readTransfer = async (path: string): Promise<TransferFile> => {
  try {
    const about = await stat(path)
    // A pipe would be waited for without end.
    if (!about.isFile() || about.size > MAX_TRANSFER_BYTES)
      throw new Failure('DATA_INVALID', {
        where: path,
        seen: about.isFile() ? `${about.size} bytes` : 'no regular file',
        allowed: `a transfer file of at most ${MAX_TRANSFER_BYTES} bytes`,
      })
    return parseTransfer(await readFile(path, 'utf8'), path)
  } catch (error) {
    if (isFailure(error)) throw error
    const seen = asFailure(error, 'DATA_INVALID', path).seen ?? 'nothing'
    throw new Failure('DATA_INVALID', {
      where: path,
      seen,
      allowed: 'a transfer file that can be read',
      cure: 'check path and permissions',
      cause: error,
    })
  }
}
