import { connect, type MqttClient } from 'mqtt'
import { firstValueFrom } from 'rxjs'
import { filter } from 'rxjs/operators'
import type { Delivery } from '../../src/delivery/contract.js'
import { createDelivery, type DeliveryOptions } from '../../src/delivery/delivery.js'
import { parseSettings } from '../../src/settings/load.js'
import type { Settings } from '../../src/settings/schema.js'
import { seededRandom } from '../../src/spectrum/random.js'
import type { Result } from '../../src/spectrum/result.js'
import type { Store } from '../../src/store/contract.js'
import { systemClock } from '../../src/system-clock.js'

/** Topics of every delivery in tests begin so. */
export const BASE = 'spectro2mqtt/box-1'

export const mqttSettings = (url: string, more: Partial<Settings['mqtt']> = {}): Settings['mqtt'] => ({
  ...parseSettings('', 'test.yaml').mqtt,
  url,
  ...more,
})

/** A delivery on the clock of the machine, whose waits between attempts are the shortest. */
export const deliveryTo = (url: string, store: Store, more: Partial<Settings['mqtt']> = {}, options: Partial<DeliveryOptions> = {}) =>
  createDelivery({
    settings: mqttSettings(url, more),
    agent: 'box-1',
    groups: [],
    store,
    clock: systemClock,
    random: { ...seededRandom(1), uniform: () => 0 },
    ...options,
  })

/** Resolves with the first state of that kind. */
export const brokerIs = <At extends 'connected' | 'waiting'>(delivery: Delivery, at: At) =>
  firstValueFrom(delivery.broker$.pipe(filter((state) => state.at === at)))

export const result = (seq: number, instrument = 'demo-1'): Result => ({
  schema: 'result/1',
  id: `ID-${instrument}-${seq}`,
  agent: 'box-1',
  instrument,
  seq,
  time: '2026-06-01T00:00:00.000Z',
  verdict: 'accepted',
  reason: null,
  task: 'class',
  label: 'within',
  confidence: 0.98,
  set: ['within'],
  scores: { under: 0.01, within: 0.98, over: 0.01 },
  value: null,
  unit: null,
  interval: null,
  flags: [],
  model: { slot: 'default', id: 'tablet-dose', version: '1.0.0', sha256: 'ab'.repeat(32) },
  acquisition: { integrationUs: 100_000, averages: 1, axis: '0123456789ab', temperatureC: null },
  references: { dark: 'D', white: 'W' },
  timings: { exposureMs: 100, prepareMs: 0.05, inferMs: 0.04, commitMs: null },
})

export interface Heard {
  readonly topic: string
  readonly payload: string
  readonly retain: boolean
  readonly properties: Readonly<Record<string, unknown>>
}

/** A subscriber to everything, that keeps what it hears. */
export interface Listener {
  readonly client: MqttClient
  readonly heard: readonly Heard[]
  /** Resolves when `enough` holds of what was heard. */
  until(enough: (heard: readonly Heard[]) => boolean): Promise<void>
  payloads(topic: string): readonly string[]
}

export const listen = async (port: number, version: 4 | 5 = 5, credentials: { username?: string; password?: string } = {}): Promise<Listener> => {
  const client = connect({ ...credentials, host: '127.0.0.1', port, protocol: 'mqtt', protocolVersion: version, reconnectPeriod: 50 })
  const heard: Heard[] = []
  let wake = () => {}
  client.on('error', () => {})
  client.on('message', (topic, payload, { retain, properties }) => {
    heard.push({ topic, payload: payload.toString(), retain, properties: { ...properties } })
    wake()
  })
  await new Promise<void>((resolve) => client.once('connect', () => resolve()))
  await client.subscribeAsync('spectro2mqtt/#', { qos: 1 })
  return {
    client,
    heard,
    async until(enough) {
      while (!enough(heard))
        await new Promise<void>((resolve) => {
          wake = resolve
        })
    },
    payloads: (topic) => heard.filter((message) => message.topic === topic).map(({ payload }) => payload),
  }
}

/** The numbers of the results that a listener heard, in the order of their arrival. */
export const seqs = (listener: Listener, instrument = 'demo-1'): readonly number[] =>
  listener.payloads(`${BASE}/instrument/${instrument}/result`).map((payload) => JSON.parse(payload).seq)
