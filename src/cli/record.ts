import { Command } from 'commander'
import { type NewRow, openRecording, type Recording } from '../datasets/append.js'
import { isUnknown } from '../datasets/audit/labels.js'
import { Failure, isFailure } from '../failures.js'
import { DEFAULT_CONFIG_FILE, loadSettings } from '../settings/load.js'
import { flags, rejecting } from '../spectrum/flags.js'
import type { Decided } from '../station/line.js'
import { quantityKinds } from './recorded-quantity.js'

interface RecordOptions {
  readonly label: string
  readonly column: string
  readonly object?: string
  readonly group?: string
  readonly out: string
  readonly count: string
  readonly config: string
  readonly instrument?: string
  readonly json?: boolean
}

/** Spectra of one call. */
const MAX_COUNT = 1000

/** Columns that a new folder has beside the label: what a split or a check may go by later. */
const OWN_COLUMNS: readonly string[] = ['object', 'group', 'session', 'instrument', 'time']

/** `record`: labelled spectra for `train`, while no agent holds the instrument. */
export const command = (): Command =>
  new Command('record')
    .requiredOption('--label <label>', 'what it is: a name of a class, or a number')
    .option('--column <name>', 'the column that the label stands in', 'label')
    .option(
      '--object <name>',
      'which piece it is: spectra of one piece are kept together by train --group object; else each call is a piece of its own',
    )
    .option('--group <name>', 'batch, plate or whatever else belongs together: column "group"')
    .requiredOption('--out <dir>', 'the data set folder; made with the first spectrum')
    .option('--count <n>', `so many spectra of the same piece, 1 to ${MAX_COUNT}`, '1')
    .option('--config <file>', 'the configuration file', DEFAULT_CONFIG_FILE)
    .option('--instrument <id>', 'id or link, where several are configured')
    .option('--json', 'one JSON document on standard output')
    .addHelpText(
      'after',
      '\nIn this order:\n  spectro2mqtt measure --dark\n  spectro2mqtt measure --white\n  spectro2mqtt record --label PET --object bottle-1 --out plastics\n  spectro2mqtt train --data plastics --target label --group object --out plastics.s2m',
    )
    .action(record)

const record = async (options: RecordOptions): Promise<void> => {
  const { label, column, out, object = '', group = '' } = options
  const count = countOf(options.count)
  const told = { [column]: label, object, group }
  if (label.trim() === '') throw new Failure('USAGE', { where: '--label', seen: `"${label}"`, allowed: 'a word or a number' })
  if (column === 'id' || !/^\D/.test(column) || OWN_COLUMNS.includes(column))
    throw new Failure('USAGE', { where: '--column', seen: column, allowed: `a name that is no number, and none of id, ${OWN_COLUMNS.join(', ')}` })
  const settings = loadSettings(options.config)
  const recording = openRecording(out, [column, ...OWN_COLUMNS])
  checkTold(recording, out, told)
  const { askTheAgent, openBenchStation } = await import('./bench-station.js')
  const newest: { decision: Decided | null } = { decision: null }
  // Without a model: recording comes before there is one, and what it would answer is not asked.
  const bench = await openBenchStation({ ...settings, models: {} }, options.instrument ?? null, (decision) => {
    newest.decision = decision
  }).catch((error: unknown) => {
    throw stopTheAgent(askTheAgent(error, settings, options.instrument ?? null, 'measure', {}))
  })
  const halt = new AbortController()
  const stop = () => halt.abort()
  process.once('SIGINT', stop).once('SIGTERM', stop)
  const saved: Saved[] = []
  try {
    const target = bench.station.target()
    if (target === null) throw new Failure('NO_INSTRUMENT', { where: bench.station.supervisor.where })
    while (saved.length < count && !halt.signal.aborted) {
      await target.measure()
      if (newest.decision === null) throw new Failure('INVARIANT', { where: 'record', seen: 'a result without its spectrum' })
      const one = save(recording, newest.decision, { told, piece: object || (saved[0]?.id ?? '') })
      saved.push(one)
      if (!options.json)
        process.stdout.write(`${one.id} is row ${recording.rows} of ${out}${one.masked > 0 ? `, ${one.masked} channels empty` : ''}\n`)
    }
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop)
    await bench.close()
  }
  if (options.json) process.stdout.write(`${JSON.stringify({ dataset: out, rows: recording.rows, labels: told, saved }, null, 2)}\n`)
  else if (isUnknown(label)) process.stdout.write(`"${label}" is never trained on: spectra to be answered, not to be learnt from\n`)
}

interface Saved {
  readonly id: string
  readonly time: string
  /** Channels without a value: the white is too dark there. */
  readonly masked: number
}

const save = (
  recording: Recording,
  { line, inferred }: Decided,
  { told, piece }: { told: Readonly<Record<string, string>>; piece: string },
): Saved => {
  const { measurement, ratio, quantity, flags: raised } = inferred.calibrated
  const { instrument, seq, time, axis, saturated } = measurement
  const where = `${instrument}, spectrum ${seq}`
  const reason = rejecting(raised, line.policy)
  if (reason !== null)
    throw new Failure('REFERENCE_INVALID', { where, seen: `${reason}: ${flags[reason].text}`, cure: cures[reason] ?? 'measure again' })
  const full = saturated.reduce((sum, pixel) => sum + pixel, 0)
  const masked = ratio.reduce((sum, value) => sum + (Number.isFinite(value) ? 0 : 1), 0)
  if (full > 0 || masked === ratio.length)
    throw new Failure('DATA_INVALID', {
      where,
      seen: full > 0 ? `${full} of ${saturated.length} pixels at full scale` : 'no pixel with enough light in the white',
      allowed: 'a spectrum that can be learnt from',
      cure: 'change integrationUs of the instrument, then measure dark and white again',
    })
  const id = freeId(recording, `${instrument}-${seq}`)
  const about = { ...told, object: piece || id, session: time.slice(0, 10), instrument, time }
  const labels = Object.fromEntries(Object.entries(about).filter(([column]) => recording.columns.includes(column)))
  recording.add({ id, labels, values: ratio } satisfies NewRow, { axis, ...quantityKinds[quantity], device: instrument })
  return { id, time, masked }
}

/** Numbers of an instrument begin anew with a new state folder: then its ids get another number. */
const freeId = (recording: Recording, wanted: string): string => {
  for (let n = 1; ; n++) {
    const id = n === 1 ? wanted : `${wanted}-${n}`
    if (!recording.has(id)) return id
  }
}

const cures: Readonly<Record<string, string>> = {
  'dark-missing': 'close the shutter and run spectro2mqtt measure --dark',
  'dark-expired': 'close the shutter and run spectro2mqtt measure --dark',
  'white-missing': 'put the white standard in place and run spectro2mqtt measure --white',
  'white-expired': 'put the white standard in place and run spectro2mqtt measure --white',
}

/** Before anything is measured. */
const checkTold = ({ columns }: Recording, out: string, told: Readonly<Record<string, string>>): void => {
  for (const [column, text] of Object.entries(told)) {
    if (text !== '' && !columns.includes(column))
      throw new Failure('DATA_INVALID', {
        where: out,
        seen: `no column "${column}"`,
        allowed: columns.join(', '),
        cure: 'begin another folder, or name another --column',
      })
    if (/[",\r\n]/.test(text + column) || text !== text.trim())
      throw new Failure('USAGE', {
        where: column,
        seen: JSON.stringify(text),
        allowed: 'text without commas, quotation marks, line breaks and blanks at its ends',
      })
  }
}

const countOf = (text: string): number => {
  const count = /^\d{1,4}$/.test(text) ? Number(text) : 0
  if (count >= 1 && count <= MAX_COUNT) return count
  throw new Failure('USAGE', { where: '--count', seen: `"${text}"`, allowed: `1 to ${MAX_COUNT}` })
}

/** An agent publishes answers, not spectra for a folder: it must make room. */
const stopTheAgent = (error: unknown): unknown => {
  if (!isFailure(error, 'PART_MISSING')) return error
  const { where = 'the state folder', seen = '', cure = '' } = error
  return new Failure('PART_MISSING', {
    where,
    seen,
    cure: `stop it while you record (systemctl stop spectro2mqtt); for one answer without a record ${cure}`,
    cause: error,
  })
}
