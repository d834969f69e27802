import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { InstrumentSettings, Settings } from '../../settings/schema.js'
import { type Check, type Finding, ok, warn } from './check.js'

/** Milliseconds for a slow SD card to read a bundle and a transfer. */
const TRANSFER_MS = 4000

/** Whether the transfer can be read, and corrects the answers of the bundle that its instrument names. @throws Failure DATA_INVALID: the agent would not start */
export const transferFinding = async (path: string, slot: string, models: Settings['models']): Promise<Finding> => {
  const { readTransfer } = await import('../../models/transfer-file.js')
  const { bundle } = await readTransfer(path)
  const made = `${path}, made for ${bundle.id} ${bundle.version}, SHA-256 ${bundle.sha256.slice(0, 12)}`
  const configured = models[slot]?.bundle
  if (configured === undefined) return warn(`${made}; no bundle is configured for the slot ${slot}`, `name it: models: {${slot}: {bundle: FILE.s2m}}`)
  // A bundle that cannot be read is a finding of its own.
  const bytes = await readFile(configured).catch(() => null)
  if (bytes === null) return warn(`${made}; ${configured} cannot be read`, 'see to the bundle first')
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  if (sha256 === bundle.sha256) return ok(`${made}, is for ${configured}`)
  return warn(
    `${made}; ${configured} is SHA-256 ${sha256.slice(0, 12)}: its spectra will be rejected as transfer-mismatch`,
    `make the transfer anew for that bundle ("spectro2mqtt transfer"), or configure the one that it was made for`,
  )
}

export const transferChecks = (instruments: readonly InstrumentSettings[], models: Settings['models']): readonly Check[] =>
  instruments.flatMap(({ link, transfer, model }) =>
    transfer === null ? [] : [{ name: `transfer of ${link}`, deadlineMs: TRANSFER_MS, run: () => transferFinding(transfer, model, models) }],
  )
