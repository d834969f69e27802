import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { pino } from 'pino'
import t from 'tap'
import { createAgent } from '../src/agent.js'
import { settingsSchema } from '../src/settings/schema.js'
import { systemClock } from '../src/system-clock.js'

t.test('an agent whose store has ended ends with its reason, so that whoever started it starts it anew', async (t) => {
  const settings = settingsSchema.parse({ agent: { id: 'box-1' }, mqtt: { url: 'mqtt://127.0.0.1:1' }, state: { directory: t.testdir() } })
  const agent = createAgent({ settings, version: '0.0.0', clock: systemClock, log: pino({ level: 'silent' }) })
  const started = once(process, 'worker')
  await agent.start()
  const thread: unknown = (await started)[0]
  t.ok(thread instanceof Worker)
  if (thread instanceof Worker) await thread.terminate()
  await t.rejects(agent.failed, { code: 'STORE_FAILED', seen: 'its thread ended' })
  await agent.stop()
})

t.test('a transfer that cannot be read ends the start: without it the answers would be wrong and look right', async (t) => {
  const folder = t.testdir({ state: {}, 'broken.json': '{"schema":"transfer/1"}' })
  for (const [name, message] of [
    ['broken.json', /broken\.json.*seen:/],
    ['none.json', /none\.json/],
  ] as const) {
    const settings = settingsSchema.parse({
      ...{ agent: { id: 'box-1' }, mqtt: { url: 'mqtt://127.0.0.1:1' }, state: { directory: `${folder}/state` } },
      instruments: [{ link: 'usb:A', transfer: `${folder}/${name}` }],
    })
    const agent = createAgent({ settings, version: '0.0.0', clock: systemClock, log: pino({ level: 'silent' }) })
    await t.rejects(agent.start(), { code: 'DATA_INVALID', message })
    await agent.stop()
  }
})
