import { connectAsync } from 'mqtt'
import { resultSchema } from '../../src/delivery/payloads.js'
import type { Result } from '../../src/spectrum/result.js'

/** Milliseconds that results may take to come. */
const RESULTS_MS = 60_000

/** A stranger's subscriber: an mqtt.js client as it comes, and the one topic of the README. Every payload must be a strict result/1. */
export interface Subscriber {
  readonly results: readonly Result[]
  /** Resolves when what has come so far passes; rejects with what came, or with a payload that is not a result. */
  until(passes: (results: readonly Result[]) => boolean, what: string): Promise<readonly Result[]>
  close(): Promise<void>
}

export const subscribeResults = async (url: string): Promise<Subscriber> => {
  const client = await connectAsync(url, { reconnectPeriod: 0 })
  const results: Result[] = []
  let bad: unknown = null
  let look = () => {}
  client.on('message', (_topic, bytes) => {
    try {
      results.push(resultSchema.parse(JSON.parse(bytes.toString('utf8'))))
    } catch (error) {
      bad ??= error
    }
    look()
  })
  await client.subscribeAsync('spectro2mqtt/+/instrument/+/result', { qos: 1 })
  return {
    results,
    until: (passes, what) =>
      new Promise((resolve, reject) => {
        const told = () => results.map(({ seq, verdict, reason, label }) => `${seq} ${verdict} ${reason ?? label}`).join('\n')
        const timer = setTimeout(() => reject(new Error(`${what}: not within ${RESULTS_MS / 1000} s\n${told()}`)), RESULTS_MS)
        look = () => {
          if (bad !== null) reject(bad)
          else if (passes(results)) resolve(results)
          else return
          clearTimeout(timer)
          look = () => {}
        }
        look()
      }),
    close: () => client.endAsync(true),
  }
}
