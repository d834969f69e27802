import { existsSync, readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { filter, firstValueFrom, take } from 'rxjs'
import { Failure } from '../../failures.js'
import type { Settings } from '../../settings/schema.js'
import type { Clock } from '../../spectrum/clock.js'
import { seededRandom } from '../../spectrum/random.js'
import { type Check, type Finding, fail, ok, warn } from './check.js'

/** Milliseconds for a broker to take the connection, and for it to think better of it. */
const BROKER_MS = 8000
const SECOND_THOUGHTS_MS = 300

/**
 * Connects as the agent would, under another client id (the same one would throw a running agent out), looks whether the connection stands,
 * and leaves. Publishes nothing.
 */
export const brokerFinding = async ({ mqtt, agent }: Settings, clock: Clock, signal: AbortSignal): Promise<Finding> => {
  const [{ createBroker }, { createWindow }, { wordMessage }, { defaultAgentId }, { reasonFailure }, { createTopics }] = await Promise.all([
    import('../../delivery/broker.js'),
    import('../../delivery/window.js'),
    import('../../delivery/message.js'),
    import('../../delivery/agent-id.js'),
    import('../../delivery/broker-failure.js'),
    import('../../delivery/topics.js'),
  ])
  const id = agent.id ?? defaultAgentId(hostname(), existsSync('/etc/machine-id') ? readFileSync('/etc/machine-id', 'utf8').trim() : '')
  const refusals: { readonly reason: number; readonly filter: string }[] = []
  const broker = createBroker({
    settings: mqtt,
    clientId: `${id}-doctor-${process.pid}`,
    will: { ...wordMessage(`${mqtt.base}/${id}-doctor/state`, 'offline'), retain: false },
    subscribe: createTopics(mqtt.base, id, agent.groups).incoming,
    window: createWindow([], clock),
    onMessage: () => {},
    onSubscribeRefused: ({ reason }, filter) => refusals.push({ reason, filter }),
    clock,
    random: seededRandom(process.pid),
  })
  signal.addEventListener('abort', () => void broker.stop(), { once: true })
  broker.start()
  try {
    const state = await firstValueFrom(
      broker.state$.pipe(
        filter(({ at }) => at !== 'connecting'),
        take(1),
      ),
    )
    if (state.at === 'waiting') return fail(state.failure)
    const { session } = broker
    const lost = session && (await Promise.race([session.lost, clock.sleep(SECOND_THOUGHTS_MS)]))
    if (lost instanceof Failure) return fail(lost)
    session?.leave()
    await Promise.race([session?.lost, clock.sleep(SECOND_THOUGHTS_MS)])
    const how = `${mqtt.url}: connected${mqtt.username === null ? '' : ` as ${mqtt.username}`}, MQTT ${session?.version === 4 ? '3.1.1' : '5'}`
    const [refused] = refusals
    if (refused === undefined) return ok(how)
    return warn(
      `${how}; requests and orders cannot all be subscribed to: ${reasonFailure(refused.reason, mqtt.url).seen}`,
      `let it subscribe to ${refusals.map(({ filter }) => filter).join(', ')}`,
    )
  } finally {
    await broker.stop()
  }
}

export const brokerCheck = (settings: Settings, clock: Clock): Check => ({
  name: 'broker',
  deadlineMs: BROKER_MS,
  run: (signal) => brokerFinding(settings, clock, signal),
})
