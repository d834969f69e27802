import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Command, InvalidArgumentError } from 'commander'

/** The bundle that ships with the package. */
const SHIPPED = fileURLToPath(new URL('../../../models/tablet-dose/tablet-dose.s2m', import.meta.url))
/** Seconds after which the dark expires where that is part of the show, and where measured spectra are replayed. */
const DARK_AGE_S = { shown: 20, replayed: 3600 }
/** Milliseconds for the agent to start and to connect to broker and instrument. */
const CONNECT_MS = 20_000
const SEED = 20_261_124

interface DemoOptions {
  readonly data?: string
  readonly bundle: string
  readonly port: number
}

/** `demo`: broker and emulated instrument in this process, the agent as a child, and a terminal that says what to do next. */
export const command = (): Command =>
  new Command('demo')
    .option('--data <dir>', 'replay the measured spectra of a data set folder, in their order')
    .option('--bundle <file>', 'the model that answers', SHIPPED)
    .option('--port <number>', 'port of the embedded broker; another one is chosen if it is taken', portOf, 1883)
    .addHelpText(
      'after',
      '\nWithout --data the instrument sees tablets drawn from the statistical model beside the bundle, with moments of doubt among them.',
    )
    .action(demo)

const demo = async ({ data, bundle, port }: DemoOptions): Promise<void> => {
  const [{ startBroker }, { startAgent }, { openClient }, { createPrinter }, stage, { fromDataset, fromPopulation }, { createShow }] =
    await Promise.all([
      import('./demo/broker.js'),
      import('./demo/child.js'),
      import('./demo/client.js'),
      import('./demo/printer.js'),
      import('./demo/stage.js'),
      import('./demo/subjects.js'),
      import('./demo/show.js'),
    ])
  const stopped = new Promise<'stop'>((done) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => done('stop'))
    // Nobody reads any more (a pager that was closed).
    process.stdout.on('error', () => done('stop'))
  })
  const write = (line: string) => void process.stdout.write(`${line}\n`)
  const bundleFile = resolve(bundle)
  const input = await stage.inputOf(bundleFile)
  const subjects = data === undefined ? fromPopulation(bundleFile, input, SEED) : fromDataset(resolve(data), input)
  const undo: (() => Promise<void>)[] = []
  try {
    const folder = mkdtempSync(join(tmpdir(), 'spectro2mqtt-demo-'))
    undo.push(async () => rmSync(folder, { recursive: true, force: true }))
    const broker = await startBroker(port)
    undo.push(() => broker.close())
    const printer = createPrinter(write, process.stdout.isTTY === true)
    const instrument = await stage.hostInstrument(SEED, printer.saw)
    undo.push(() => instrument.close())
    const client = await openClient(broker.url, `spectro2mqtt/${stage.AGENT}`)
    undo.push(() => client.close())
    const config = stage.writeConfig(folder, {
      brokerUrl: broker.url,
      instrumentUrl: instrument.url,
      bundleFile,
      axis: subjects.instrumentAxis,
      quantity: input.quantity === 'reflectance' ? 'reflectance' : 'transmittance',
      darkMaxAgeS: data === undefined ? DARK_AGE_S.shown : DARK_AGE_S.replayed,
    })
    const connected = client.until(/^instrument\/[^/]+\/state$/, (content) => Reflect.get(Object(content), 'state') === 'connected', CONNECT_MS)
    const agent = startAgent(config, join(folder, 'agent.log'))
    undo.push(() => agent.stop())

    write(`spectro2mqtt demo: an emulated spectrometer, ${subjects.source}.`)
    write('')
    write(`  Broker      ${broker.url}${broker.moved ? `   (port ${port} is taken: this one instead)` : ''}`)
    write(`  Subscribe   mosquitto_sub -h 127.0.0.1 -p ${broker.port} -t 'spectro2mqtt/+/instrument/+/result'`)
    write('  Stop        Ctrl-C')
    write('')
    const show = createShow({ client, light: instrument.light, subjects, printer, write })
    const running = connected.then(show.references).then(show.play)
    await Promise.race([stopped, agent.ended, running])
    const { accepted, unknown, rejected } = printer.counts
    write('')
    write(`Stopping. ${accepted} accepted, ${unknown} unknown, ${rejected} rejected.`)
  } finally {
    for (const step of undo.reverse()) await step()
  }
}

const portOf = (text: string): number => {
  const port = Number(text)
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port
  throw new InvalidArgumentError('allowed: 0 to 65535.')
}
