import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { connectAsync } from 'mqtt'
import { stringify } from 'yaml'
import { z } from 'zod'
import { systemClock } from '../src/system-clock.js'
import { tapBroker } from './broker-tap.js'
import { benchBundle } from './bundle.js'
import { ended, rssMiB, startMosquitto } from './processes.js'

const POINTS = 784
/** Seconds that a figure is taken over, and before it. */
const MEASURE_S = 15
const WARM_UP_S = 5
const MAIN = fileURLToPath(new URL('../src/cli/main.js', import.meta.url))
const here = (name: string) => fileURLToPath(new URL(name, import.meta.url))

/** The whole agent with its instrument and broker, in a folder of its own, with dark and white taken. */
const stageAgent = async () => {
  const folder = mkdtempSync(join(tmpdir(), 'spectro2mqtt-bench-'))
  mkdirSync(join(folder, 'state'))
  const { bytes, axis } = await benchBundle(POINTS)
  writeFileSync(join(folder, 'bench.s2m'), bytes)
  writeFileSync(join(folder, 'axis.csv'), ['wavelength_nm', ...axis, ''].join('\n'))
  const instrument = fork(here('./instrument.js'))
  const [{ port }] = await once(instrument, 'message')
  const config = (brokerPort: number, trigger: unknown): string => {
    const file = join(folder, 'config.yaml')
    const one = { link: `tcp://127.0.0.1:${port}`, family: 'chromation', id: 'bench', axis: 'axis.csv', integrationUs: 40, binning: 0, trigger }
    writeFileSync(
      file,
      stringify({
        agent: { id: 'bench' },
        mqtt: { url: `mqtt://127.0.0.1:${brokerPort}` },
        instruments: [one],
        models: { default: { bundle: 'bench.s2m' } },
        state: { directory: 'state' },
        log: { level: 'error' },
      }),
    )
    return file
  }
  return { config, instrument, bundleFile: join(folder, 'bench.s2m') }
}

const startAgent = (config: string): ChildProcess =>
  spawn(process.execPath, ['--max-semi-space-size=2', MAIN, 'run', '--config', config], { stdio: ['ignore', 'ignore', 'inherit'] })

const takeReferences = async (brokerPort: number, instrument: ChildProcess): Promise<void> => {
  const client = await connectAsync(`mqtt://127.0.0.1:${brokerPort}`)
  await client.subscribeAsync('spectro2mqtt/bench/#')
  const until = (topic: RegExp, pattern: RegExp) =>
    new Promise<void>((resolve) => {
      const listen = (seen: string, payload: Buffer) => {
        if (!topic.test(seen) || !pattern.test(payload.toString())) return
        client.off('message', listen)
        resolve()
      }
      client.on('message', listen)
    })
  await until(/instrument\/bench\/state$/, /"connected"/)
  for (const [verb, content] of [
    ['dark', '{}'],
    ['white', '{"density":0}'],
  ] as const) {
    instrument.send(verb)
    const answered = until(new RegExp(`response/${verb}$`), /"status":"ok"/)
    await client.publishAsync(`spectro2mqtt/bench/request/${verb}`, content, { qos: 1 })
    await answered
  }
  instrument.send('sample')
  await client.endAsync()
}

export interface WholeFigures {
  readonly spectraPerS: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly rssMiB: number
  readonly bareRssMiB: number
  readonly startToFirstS: number
}

export const timeWhole = async (note: (line: string) => void): Promise<WholeFigures> => {
  const { config, instrument, bundleFile } = await stageAgent()
  const broker = await startMosquitto()
  try {
    note('whole agent: dark and white')
    const first = startAgent(config(broker.port, 'request'))
    await takeReferences(broker.port, instrument)
    await ended(first)

    note('whole agent: as fast as the instrument gives, unpaced')
    const agent = startAgent(config(broker.port, 'continuous'))
    await sleep(WARM_UP_S * 1000)
    const spectraPerS = await acknowledgedPerS(broker.port)
    const memory = rssMiB(agent.pid)
    await ended(agent)

    note('whole agent: 100 spectra a second')
    const calm = await tapBroker(broker.port)
    const startMs = systemClock.monotonicMs()
    const paced = startAgent(config(calm.port, { intervalMs: 10 }))
    await sleep(WARM_UP_S * 1000)
    const startToFirstS = ((calm.firstMs() ?? Number.NaN) - startMs) / 1000
    instrument.send('note')
    const fromSeq = Math.max(...calm.acked.keys())
    await sleep(MEASURE_S * 1000)
    instrument.send('tell')
    const [{ sentMs }] = await once(instrument, 'message')
    const latencies = pairUp(sentMs, calm.acked, fromSeq)
    await ended(paced)
    calm.close()
    return {
      spectraPerS,
      p50Ms: quantile(latencies, 0.5),
      p99Ms: quantile(latencies, 0.99),
      rssMiB: memory,
      bareRssMiB: await bareMemory(broker.port, bundleFile),
      startToFirstS,
    }
  } finally {
    instrument.disconnect()
    await broker.stop()
  }
}

/** Results acknowledged by the broker a second, between two `health` messages of the agent: nothing stands between it and the broker. */
const acknowledgedPerS = async (brokerPort: number): Promise<number> => {
  const client = await connectAsync(`mqtt://127.0.0.1:${brokerPort}`)
  const heard: Health[] = []
  client.on('message', (_topic, payload) => heard.push(health.parse(JSON.parse(payload.toString()))))
  await client.subscribeAsync('spectro2mqtt/bench/health')
  // The first one may be the retained one of an earlier moment; the agent says one every 10 s.
  while (heard.length < 3) await sleep(100)
  await client.endAsync()
  const [, before, after] = heard
  if (!before || !after) throw new RangeError('no health')
  return (after.delivery.acknowledged - before.delivery.acknowledged) / ((Date.parse(after.time) - Date.parse(before.time)) / 1000)
}

const health = z.object({ time: z.string(), delivery: z.object({ acknowledged: z.number() }) })
type Health = z.output<typeof health>

/** Frames and acknowledgements are both in order: each acknowledgement belongs to the newest frame before it. */
const pairUp = (sentMs: readonly number[], acked: ReadonlyMap<number, number>, fromSeq: number): readonly number[] =>
  [...acked]
    .filter(([seq]) => seq > fromSeq + 1)
    .flatMap(([, ackedMs]) => {
      const sent = sentMs.findLast((ms) => ms <= ackedMs)
      return sent === undefined ? [] : [ackedMs - sent]
    })

const quantile = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length * share)] ?? Number.NaN

/** A process that has loaded the same parts and holds the same graph, a broker connection and an open database, and does nothing. */
const bareMemory = async (brokerPort: number, bundleFile: string): Promise<number> => {
  const bare = fork(here('./bare.js'), [String(brokerPort), bundleFile])
  await once(bare, 'message')
  await sleep(WARM_UP_S * 1000)
  const memory = rssMiB(bare.pid)
  await ended(bare)
  return memory
}
