import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { parse, stringify } from 'yaml'
import { startAgentChild } from '../support/agent-child.js'
import { BUNDLE, writeAgentConfig } from '../support/agent-config.js'
import { inside } from '../support/command-line.js'
import { freePort } from '../support/mosquitto.js'

// Below the 30 s after which a silent server is given up anyway: a stop that waits for it must be seen.
t.setTimeout(25_000)

t.test('an agent whose repository takes the question and never answers runs, and a stop does not wait for it', async (t) => {
  const folder = t.testdir()
  const { exit, err } = await inside(t, 'repo', 'init', join(folder, 'repository'), '--no-passphrase')
  t.equal(exit, 0, err)
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const asked = once(server, 'connection')
  t.teardown(() => server.close())
  const { port } = server.address() as AddressInfo
  const config = writeAgentConfig(folder, { brokerUrl: `mqtt://127.0.0.1:${await freePort()}`, bundle: BUNDLE })
  const updates = { repository: `http://127.0.0.1:${port}`, root: join(folder, 'repository', 'metadata', '1.root.json') }
  writeFileSync(config, stringify({ ...parse(readFileSync(config, 'utf8')), updates }))
  const agent = startAgentChild(config)
  t.teardown(() => agent.kill())
  await agent.logged(/the agent runs/)
  const [socket] = await asked
  agent.signal('SIGTERM')
  // Only the stop of the agent can end this connection.
  socket.resume()
  await once(socket, 'close')
  t.equal((await agent.ended).code, 0, agent.text())
})
