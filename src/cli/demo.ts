import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Command } from 'commander'
import { isFailure } from '../failures.js'
import type { Result } from '../spectrum/result.js'

/** The bundle that ships with the package. */
const SHIPPED = fileURLToPath(new URL('../../../models/tablet-dose/tablet-dose.s2m', import.meta.url))
/** Seconds after which the dark expires where that is part of the show, and where measured spectra are replayed. */
const DARK_AGE_S = { shown: 20, replayed: 3600 }
/** Results refused for an expired dark before it is measured anew. */
const EXPIRED_SHOWN = 2
const CONNECT_MS = 20_000
const SEED = 20_261_124

interface DemoOptions {
  readonly data?: string
  readonly bundle: string
  readonly port: string
}

/** `demo`: broker and emulated instrument in this process, the agent as a child, and a terminal that says what to do next. */
export const command = (): Command =>
  new Command('demo')
    .option('--data <dir>', 'replay the measured spectra of a data set folder, in their order')
    .option('--bundle <file>', 'the model that answers', SHIPPED)
    .option('--port <number>', 'port of the embedded broker; another one is chosen if it is taken', '1883')
    .addHelpText(
      'after',
      '\nWithout --data the instrument sees tablets drawn from the statistical model beside the bundle, with moments of doubt among them.',
    )
    .action(demo)

const demo = async ({ data, bundle, port }: DemoOptions): Promise<void> => {
  const [{ startBroker }, { startAgent }, { openClient }, { createPrinter }, stage, { fromDataset, fromPopulation }, { storyboard }] =
    await Promise.all([
      import('./demo/broker.js'),
      import('./demo/child.js'),
      import('./demo/client.js'),
      import('./demo/printer.js'),
      import('./demo/stage.js'),
      import('./demo/subjects.js'),
      import('./demo/storyboard.js'),
    ])
  const write = (line: string) => void process.stdout.write(`${line}\n`)
  const stopped = new Promise<'stop'>((done) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => done('stop'))
  })
  const bundleFile = resolve(bundle)
  const input = stage.inputOf(bundleFile)
  const subjects = data === undefined ? fromPopulation(bundleFile, input, SEED) : fromDataset(resolve(data), input)
  const undo: (() => Promise<void>)[] = []
  try {
    const folder = mkdtempSync(join(tmpdir(), 'spectro2mqtt-demo-'))
    undo.push(async () => rmSync(folder, { recursive: true, force: true }))
    const broker = await startBroker(Number(port))
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

    const dim = stage.dimming(subjects)
    const density = Math.round((stage.WHITE_DENSITY - Math.min(dim, stage.WHITE_DENSITY)) * 100) / 100
    const dark = async () => {
      instrument.light.show({ kind: 'dark' })
      await client.request('dark', {})
    }
    const show = storyboard(subjects, density)
    const play = () =>
      instrument.light.replay(() => {
        const { name, ratio } = show()
        return { name, ratio: dim === 0 ? ratio : ratio.map((value) => value * 10 ** (density - stage.WHITE_DENSITY)) }
      })
    const opening = async (): Promise<'open'> => {
      await connected
      write('  The shutter closes: measuring the dark.')
      await dark()
      write(`  The light path is empty${density > 0 ? `, behind a filter of optical density ${density}` : ''}: measuring the white.`)
      instrument.light.show({ kind: 'white', density: stage.WHITE_DENSITY })
      await client.request('white', { density })
      write('')
      return 'open'
    }
    if ((await Promise.race([opening(), stopped, agent.ended])) === 'stop') return

    let expired = 0
    let misfitTold = false
    let renewing = false
    const renew = async () => {
      renewing = true
      write('  The dark has expired, so nothing is answered. The shutter closes: measuring it anew.')
      await dark()
      play()
      expired = 0
      renewing = false
    }
    const broke = new Promise<never>((_, reject) => {
      client.messages.on('message', (topic, content) => {
        if (!topic.endsWith('/result') || renewing) return
        const result = content as Result
        printer.result(result)
        if (result.reason === 'axis-mismatch' && !misfitTold) {
          misfitTold = true
          write(`  The model was made for another instrument or material: it needs channels that these spectra do not have. Every answer is refused.`)
        }
        if (result.reason === 'dark-expired' && ++expired >= EXPIRED_SHOWN) renew().catch(reject)
        if (subjects.pass !== null && (printer.counts.accepted + printer.counts.unknown + printer.counts.rejected) % subjects.pass === 0)
          write(
            `  One pass: ${printer.counts.accepted} accepted, ${printer.counts.unknown} unknown, ${printer.counts.rejected} rejected. It starts again.`,
          )
      })
    })
    play()
    await Promise.race([stopped, agent.ended, broke])
    write('')
    write(`Stopping. ${printer.counts.accepted} accepted, ${printer.counts.unknown} unknown, ${printer.counts.rejected} rejected.`)
  } finally {
    for (const step of undo.reverse())
      await step().catch((error: unknown) => {
        if (!isFailure(error)) throw error
      })
  }
}
