import { writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { Command, InvalidArgumentError } from 'commander'
import { asFailure, Failure } from '../failures.js'
import type { Axis } from '../spectrum/axis.js'
import { systemClock } from '../system-clock.js'
import { packageRoot } from './package-root.js'

/** The seed where nobody names one: this one shows the samples of the demo. */
const SEED = 20_261_124

interface SimulateOptions {
  readonly model?: string
  readonly data?: string
  readonly listen?: string
  readonly fault?: string
  readonly axisOut?: string
  readonly unpaced?: boolean
  readonly seed: number
  readonly json?: boolean
}

/** `simulate FAMILY`: an emulated instrument for anyone, until Ctrl-C or the word quit. */
export const command = (): Command =>
  new Command('simulate')
    .argument('<family>', 'kind of instrument; "spectro2mqtt devices" lists them')
    .option('--model <name>', 'a model of the family')
    .option('--data <dir>', 'its samples: the spectra of a data set folder in their order; else tablets drawn from the shipped statistical model')
    .option('--listen <address>', 'tcp://HOST:PORT, pty:PATH (needs socat) or usbip:PORT (USB families)')
    .option('--fault <name>', 'misbehave from the start; a wrong name lists those that there are')
    .option('--axis-out <file>', 'write the axis of the samples, for "axis" in the configuration')
    .option('--unpaced', 'skip the waiting of exposures: not as a real instrument, for speed measurements')
    .option('--seed <n>', 'source of all chance', seedOf, SEED)
    .option('--json', 'one JSON document on standard output once it can be reached; replies go to standard error')
    .addHelpText(
      'after',
      '\nWhat lies before the probe is told on standard input, one word a line; it begins with dark. For example:\n  spectro2mqtt simulate chromation\n  spectro2mqtt simulate chromation --listen pty:/tmp/ttyDemo --data DIR --axis-out axis.csv\n  echo sample | spectro2mqtt simulate ocean-ooi --model HR2000+',
    )
    .action(simulate)

const simulate = async (id: string, options: SimulateOptions): Promise<void> => {
  let stop: () => void = () => {}
  const stopped = new Promise<void>((done) => {
    stop = done
  })
  process.on('SIGINT', stop).on('SIGTERM', stop)
  try {
    await simulateUntil(stopped, id, options)
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop)
  }
}

const simulateUntil = async (stopped: Promise<void>, id: string, options: SimulateOptions): Promise<void> => {
  const [{ loadEmulation }, listening, { ofDataset, ofPopulation }, { adviceFor }, { introOf, settingOf }, { obey }, { createLightPath }] =
    await Promise.all([
      import('./simulate/emulator.js'),
      import('./simulate/listening.js'),
      import('./simulate/samples.js'),
      import('./simulate/exposure.js'),
      import('./simulate/intro.js'),
      import('./simulate/words.js'),
      import('../emulation/light-path.js'),
    ])
  const { description, createEmulator, faults } = await loadEmulation(id)
  const { seed } = options
  const model = options.model ?? description.models[0]?.model ?? ''
  // What follows a slash is a variant that the emulator knows (USB4000/full).
  const row = description.models.find((known) => known.model === model.split('/', 1)[0])
  if (!row) throw new Failure('USAGE', { where: '--model', seen: model, allowed: description.models.map((known) => known.model).join(', ') })
  const light = createLightPath()
  const end = createEmulator({ scene: light, clock: systemClock, seed, unpaced: options.unpaced === true, model })
  if (options.fault !== undefined) end.misbehave(options.fault)
  const at = listening.parseListen(options.listen, end.kind)
  const shipped = (name: string) => join(packageRoot(), 'models', 'tablet-dose', name)
  const drawn =
    options.data === undefined
      ? ofPopulation({ population: shipped('population.json'), axis: shipped('axis.csv') }, row.pixels, seed)
      : ofDataset(resolve(options.data), row.pixels)
  if (options.axisOut !== undefined) await writeAxis(options.axisOut, drawn.axis, drawn.source)
  const samples = options.axisOut === undefined ? drawn : { ...drawn, axisFile: resolve(options.axisOut) }

  const hosted = await listening.host(end, at)
  const input = createInterface({ input: process.stdin })
  try {
    const advice = adviceFor(samples.brightest, row)
    // The shipped model knows the shipped samples on the shipped axis alone.
    const isShipped = options.data === undefined && drawn.axisFile !== null && description.axisSource === 'file'
    const bundle = isShipped ? shipped('tablet-dose.s2m') : null
    const setting = settingOf({ description, model, hosted, samples, advice, faults, bundle })
    const say = (text: string) => void (options.json ? process.stderr : process.stdout).write(`${text}\n`)
    process.stdout.write(`${options.json ? JSON.stringify(setting, null, 2) : introOf(setting)}\n`)
    say(obey('dark', { light, end, samples, faults }) ?? '')
    const quit = new Promise<void>((done) => {
      input.on('line', (line) => {
        try {
          const answer = obey(line, { light, end, samples, faults })
          if (answer === null) done()
          else say(answer)
        } catch (error) {
          say(asFailure(error, 'INVARIANT').message)
        }
      })
    })
    const lost = await Promise.race([stopped, quit, hosted.gone])
    if (lost instanceof Failure) throw lost
    if (hosted.dropped() > 0) say(`${hosted.dropped()} bytes were thrown away because nobody read them.`)
  } finally {
    input.close()
    process.stdin.destroy()
    await hosted.close()
  }
}

const writeAxis = async (file: string, { kind, values }: Axis, source: string): Promise<void> => {
  const header = { wavelength: 'wavelength_nm', wavenumber: 'wavenumber_cm-1', 'raman-shift': 'raman-shift_cm-1', pixel: 'pixel' }[kind]
  await writeFile(file, [`# emulated: ${source}`, header, ...values, ''].join('\n')).catch((cause: unknown) => {
    throw new Failure('FILE_FAILED', {
      where: file,
      seen: asFailure(cause, 'FILE_FAILED').seen ?? '',
      cure: 'name a folder that can be written',
      cause,
    })
  })
}

const seedOf = (text: string): number => {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('allowed: a whole number of at most nine digits.')
}
