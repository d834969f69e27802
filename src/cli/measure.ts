import { Command, InvalidArgumentError } from 'commander'
import { MAX_DENSITY } from '../calibration/reference.js'
import { Failure } from '../failures.js'
import { toldReference } from '../requests/dark.js'
import { DEFAULT_CONFIG_FILE, loadSettings } from '../settings/load.js'
import type { Result } from '../spectrum/result.js'
import type { Decided } from '../station/line.js'
import { checkedOut, writeSpectrum } from './spectrum-file.js'

interface MeasureOptions {
  readonly config: string
  readonly instrument?: string
  readonly dark?: boolean
  readonly white?: boolean
  readonly density?: number
  readonly out?: string
  readonly json?: boolean
}

/** `measure`: one measurement or reference while no agent holds the instrument. */
export const command = (): Command =>
  new Command('measure')
    .option('--config <file>', 'the configuration file', DEFAULT_CONFIG_FILE)
    .option('--instrument <id>', 'id or link, where several are configured')
    .option('--dark', 'measure the dark reference: close the shutter or cover the probe first')
    .option('--white', 'measure the white reference: the standard or the empty light path, after the dark')
    .option('--density <od>', `optical density of a filter before the white, 0 to ${MAX_DENSITY}`, densityOf)
    .option('--out <file>', 'write the spectrum: axis, counts and ratio (.csv), or axis and ratio (.jdx, JCAMP-DX)')
    .option('--json', 'one JSON document on standard output')
    .addHelpText(
      'after',
      '\nIn this order:\n  spectro2mqtt measure --dark\n  spectro2mqtt measure --white --density 2.3\n  spectro2mqtt measure --out tablet.csv',
    )
    .action(measure)

const measure = async (options: MeasureOptions): Promise<void> => {
  const { dark, white, density, json } = options
  if (dark && white) throw new Failure('USAGE', { where: 'measure', seen: '--dark and --white', allowed: 'one of them' })
  if (density !== undefined && !white) throw new Failure('USAGE', { where: '--density', seen: 'no --white', allowed: '--white --density OD' })
  const out = options.out === undefined ? null : checkedOut(options.out)
  if (out !== null && (dark || white))
    throw new Failure('USAGE', { where: '--out', seen: 'a reference', allowed: 'a sample: references stay in the state folder' })
  const settings = loadSettings(options.config)
  const verb = dark ? 'dark' : white ? 'white' : 'measure'
  const { askTheAgent, openBenchStation } = await import('./bench-station.js')
  let newest: Decided | null = null
  const bench = await openBenchStation(settings, options.instrument ?? null, (decision) => {
    newest = decision
  }).catch((error: unknown) => {
    throw askTheAgent(error, settings, options.instrument ?? null, verb, density === undefined ? {} : { density })
  })
  try {
    const target = bench.station.target()
    if (target === null) throw new Failure('NO_INSTRUMENT', { where: bench.station.supervisor.where })
    if (verb !== 'measure') {
      const reference = toldReference(await target.takeReference(verb, density ?? 0))
      return print(
        json ? reference : `${verb} reference ${reference.reference}: mean ${reference.meanCounts} counts at ${reference.integrationUs / 1000} ms.`,
      )
    }
    const result = await target.measure()
    if (out !== null && newest !== null) writeSpectrum(out, newest)
    print(json ? result : inWords(result, newest, out))
  } finally {
    await bench.close()
  }
}

const inWords = (result: Result, decision: Decided | null, out: string | null): string =>
  [
    result.verdict === 'accepted' ? `accepted: ${result.label}, confidence ${result.confidence?.toFixed(2)}` : `${result.verdict}: ${result.reason}`,
    ...(decision?.inferred.why ?? []).map((why) => `  ${why}`),
    ...result.flags.map((flag) => `  flag ${flag}`),
    ...(out === null ? [] : [`written to ${out}`]),
  ].join('\n')

const densityOf = (text: string): number => {
  const value = Number(text)
  if (text.trim() !== '' && value >= 0 && value <= MAX_DENSITY) return value
  throw new InvalidArgumentError(`allowed: 0 to ${MAX_DENSITY}.`)
}

const print = (what: object | string): void => {
  process.stdout.write(`${typeof what === 'string' ? what : JSON.stringify(what, null, 2)}\n`)
}
