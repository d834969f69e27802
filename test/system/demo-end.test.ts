import { once } from 'node:events'
import { createServer } from 'node:net'
import t from 'tap'
import { childrenOf, stillThere } from '../support/children.js'
import { ends, startDemo, subscribed } from '../support/demo.js'

t.setTimeout(60_000)

t.test('a taken port is no obstacle, and a reader that goes away ends everything', async (t) => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const address = server.address()
  const taken = typeof address === 'object' && address !== null ? address.port : 0
  const { demo, left } = startDemo(t, ['--port', String(taken)])
  const line = await demo.line(/mqtt:\/\//)
  t.match(line, `(port ${taken} is taken: this one instead)`)
  const { until } = await subscribed(t, demo)
  await until((seen) => seen.length > 0, 'a result on the other port')
  await ends(t, { demo, left }, () => demo.child.stdout?.destroy())
})

t.test('an agent whose demo was killed ends by itself', async (t) => {
  const { demo } = startDemo(t)
  await demo.line(/mqtt:\/\//)
  const children = childrenOf(demo.pid)
  t.equal(children.length, 1)
  demo.child.kill('SIGKILL')
  t.equal(await demo.ended, 'SIGKILL')
  const left = await stillThere(children)
  for (const pid of left) process.kill(pid, 'SIGKILL')
  t.strictSame(left, [])
})
