import type { Command } from 'commander'
import type { Dataset } from '../datasets/folder.js'
import type { LoadedModel } from '../models/open.js'
import type { TransferUse } from '../models/transfer.js'
import type { AnsweredSet } from '../training/evaluation/answers.js'

/** What says where spectra lie, and what their numbers mean where the file itself does not. */
export interface DataOptions {
  readonly data: string
  readonly axisKind?: string
  readonly quantity?: string
  readonly geometry?: string
}

/** The options of every command that reads measured spectra. */
export const withData = (
  command: Command,
  what = 'the spectra: a data set folder, or a file ending in .csv, .csv.gz, .tsv, .txt, .jdx or .dx',
): Command =>
  command
    .requiredOption('--data <path>', what)
    .option('--axis-kind <word>', 'what the axis of a bare file is: wavelength-nm, wavenumber-cm-1 or raman-shift-cm-1')
    .option('--quantity <word>', 'what its numbers are: absorbance, reflectance, reflectance-percent, transmittance, intensity, scaled, counts')
    .option('--geometry <word>', 'how the light was collected: reflectance, transmittance, emission-or-scattering, unknown')

export const openData = async ({ data, axisKind, quantity, geometry }: DataOptions): Promise<Dataset> => {
  const { openDataset } = await import('../datasets/open.js')
  return openDataset(data, {
    ...(axisKind === undefined ? {} : { axisKind }),
    ...(quantity === undefined ? {} : { quantityKind: quantity }),
    ...(geometry === undefined ? {} : { geometry }),
  })
}

/** The transfer that a file names, for spectra of a set. Made for another bundle or axis, it rejects every spectrum. */
export const openTransfer = async (file: string | undefined, { bundle }: LoadedModel, { axis }: Dataset): Promise<TransferUse | null> => {
  if (file === undefined) return null
  const { readTransfer } = await import('../models/transfer-file.js')
  const { useTransfer } = await import('../models/transfer.js')
  return useTransfer(await readTransfer(file), { sha256: bundle.sha256, task: bundle.manifest.task, axis, instrument: null })
}

/** Sentences for standard error: why no spectrum can be answered, and what was done to the data. */
export const remarks = ({ misfit, findings }: AnsweredSet): readonly string[] => [
  ...(misfit ? [`every spectrum is rejected (${misfit.flag}): ${misfit.why}`] : []),
  ...findings.map(({ text, ids, count }) =>
    count === 0 || ids.length === 0 ? text : `${text} (${ids.slice(0, 5).join(', ')}${count > 5 ? ', ...' : ''})`,
  ),
]

export const say = (lines: readonly string[]): void => {
  for (const line of lines) process.stderr.write(`${line}\n`)
}
