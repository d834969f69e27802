import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { startAgentChild } from '../support/agent-child.js'
import { BUNDLE, writeAgentConfig } from '../support/agent-config.js'
import { freePort } from '../support/mosquitto.js'

t.setTimeout(60_000)

const NOBODY = async () => `mqtt://127.0.0.1:${await freePort()}`

t.test('a second agent on the same state folder ends with 75 and names the folder; the first does not notice', async (t) => {
  const folder = t.testdir()
  const config = writeAgentConfig(folder, { brokerUrl: await NOBODY() })
  const first = startAgentChild(config)
  t.teardown(() => first.kill())
  await first.logged(/the agent runs/)
  const second = startAgentChild(config)
  t.equal((await second.ended).code, 75)
  t.match(second.text(), /\/state: another agent uses this state folder; seen: .*; what to do: .* \[STATE_HELD\]/)
  first.signal('SIGTERM')
  t.equal((await first.ended).code, 0)
})

const shipped = readFileSync(BUNDLE)

const damaged: readonly { readonly how: string; readonly bytes: Buffer }[] = [
  { how: 'cut off in the middle', bytes: shipped.subarray(0, Math.floor(shipped.length / 2)) },
  { how: 'cut off at the last block', bytes: shipped.subarray(0, shipped.length - 1024) },
  { how: 'empty', bytes: Buffer.alloc(0) },
  ...[0.05, 0.35, 0.8].map((share) => ({ how: `altered by one bit at ${share * 100} %`, bytes: oneBitOff(Math.floor(shipped.length * share)) })),
]

for (const { how, bytes } of damaged)
  t.test(`a bundle that is ${how}: exit 65, and a message that names the file`, async (t) => {
    const folder = t.testdir()
    const bundle = join(folder, 'damaged.s2m')
    writeFileSync(bundle, bytes)
    const agent = startAgentChild(writeAgentConfig(folder, { brokerUrl: await NOBODY(), bundle }))
    t.equal((await agent.ended).code, 65)
    t.match(agent.text(), /damaged\.s2m.*: the bundle .*\[BUNDLE_(INVALID|SELFTEST)\]/)
    t.notMatch(agent.text(), /the agent runs/, 'nothing was answered with it')
  })

t.test('a root of trust that is not there, as of a stick that is not in yet, keeps the agent from looking for models alone', async (t) => {
  const updates = { repository: '/media/none', root: 'no-root.json' }
  const agent = startAgentChild(writeAgentConfig(t.testdir(), { brokerUrl: await NOBODY(), updates }))
  t.teardown(() => agent.kill())
  await agent.logged(/the agent runs/)
  const { code, msg, level } = await agent.logged(/updates\.root/)
  t.equal(code, 'CONFIG_INVALID')
  t.equal(level, 40, 'a warning')
  t.match(msg, /no-root\.json.*allowed: a file that can be read/)
  agent.signal('SIGTERM')
  t.equal((await agent.ended).code, 0)
})

t.test(
  'without instruments in the configuration and on the machine the agent runs and says so',
  {
    skip: existsSync('/dev/bus/usb') || existsSync('/dev/serial') ? 'SKIPPED without USB: this machine has some (run it in a container)' : false,
  },
  async (t) => {
    const agent = startAgentChild(writeAgentConfig(t.testdir(), { brokerUrl: await NOBODY() }))
    t.teardown(() => agent.kill())
    await agent.logged(/the agent runs/)
    const { code, msg } = await agent.logged(/no instrument was found/)
    t.equal(code, 'NO_INSTRUMENT')
    t.match(msg, /^instruments: .*seen: .*; what to do: plug one in/)
    agent.signal('SIGTERM')
    t.equal((await agent.ended).code, 0)
  },
)

function oneBitOff(at: number): Buffer {
  const bytes = Buffer.from(shipped)
  bytes[at] = (bytes[at] ?? 0) ^ 0x10
  return bytes
}
