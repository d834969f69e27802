import t from 'tap'
import { startAgentChild } from '../support/agent-child.js'
import { writeAgentConfig } from '../support/agent-config.js'
import { certify, withoutOpenssl } from '../support/certificates.js'
import { startMosquitto, withoutMosquitto } from '../support/mosquitto.js'

t.setTimeout(60_000)

t.test(
  'TLS with the authority that signed the broker connects; any other authority, or none, is refused with the cure',
  {
    skip: withoutMosquitto || withoutOpenssl,
  },
  async (t) => {
    const folder = t.testdir({ right: {}, wrong: {}, none: {} })
    const { ca, certificate, key } = certify(folder, 'broker')
    const other = certify(folder, 'stranger')
    const broker = await startMosquitto(folder, [`certfile ${certificate}`, `keyfile ${key}`])
    t.teardown(() => broker.signal('SIGKILL'))
    const agentWith = (name: string, caFile: string | null) => {
      const config = writeAgentConfig(`${folder}/${name}`, { brokerUrl: `mqtts://127.0.0.1:${broker.port}`, mqtt: { tls: { caFile } } })
      const agent = startAgentChild(config)
      t.teardown(() => agent.kill())
      return agent
    }
    const right = agentWith('right', ca)
    await right.logged(/connected to the broker/)
    right.signal('SIGTERM')
    t.equal((await right.ended).code, 0)

    for (const [name, caFile] of [
      ['wrong', other.ca],
      ['none', null],
    ] as const) {
      const agent = agentWith(name, caFile)
      const { code, msg } = await agent.logged(/not trusted/)
      t.equal(code, 'BROKER_UNREACHABLE')
      t.match(msg, /mqtts:\/\/127\.0\.0\.1:\d+: .*the certificate of the broker is not trusted.*what to do: set mqtt\.tls\.caFile/)
      agent.signal('SIGTERM')
      t.equal((await agent.ended).code, 0, 'it had gone on trying')
      t.notOk(
        agent.log.some(({ msg }) => msg === 'connected to the broker'),
        'and had told the stranger nothing',
      )
    }
  },
)
