import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import type { StreamEnd } from '../../src/emulation/contract.js'
import { hostTcp, MAX_UNSENT_BYTES } from '../../src/emulation/host-tcp.js'

/** An end that sends back what it gets, and keeps a diary. */
const echo = () => {
  const diary: string[] = []
  let send: ((bytes: Uint8Array) => void) | null = null
  const end: StreamEnd = {
    kind: 'stream',
    attach(host) {
      diary.push('attach')
      send = host
    },
    receive: (bytes) => send?.(bytes),
    detach() {
      diary.push('detach')
      send = null
    },
    misbehave() {},
    heal() {},
  }
  return { end, diary, send: (bytes: Uint8Array) => send?.(bytes) }
}

const client = async (t: Test, port: number): Promise<Socket> => {
  const socket = connect({ host: '127.0.0.1', port })
  socket.on('error', () => {})
  t.teardown(() => socket.destroy())
  await once(socket, 'connect')
  return socket
}
const heard = async (socket: Socket, count: number): Promise<string> => {
  let got = Buffer.alloc(0)
  while (got.length < count) {
    const [bytes]: unknown[] = await once(socket, 'data')
    if (bytes instanceof Uint8Array) got = Buffer.concat([got, bytes])
  }
  return got.toString('hex')
}

t.test('bytes go both ways, and the instrument is told when a client comes and goes', async (t) => {
  const { end, diary } = echo()
  const hosted = await hostTcp(end, { port: 0 })
  t.teardown(hosted.close)
  t.equal(hosted.url, `tcp://127.0.0.1:${hosted.port}`)
  for (const message of ['0102', '03']) {
    const socket = await client(t, hosted.port)
    socket.write(Buffer.from(message, 'hex'))
    t.equal(await heard(socket, message.length / 2), message)
    socket.end()
    await once(socket, 'close')
  }
  while (diary.length < 4) await new Promise((resolve) => setImmediate(resolve))
  t.strictSame(diary, ['attach', 'detach', 'attach', 'detach'])
})

t.test('a second client is hung up on without a byte, and the first does not notice', async (t) => {
  const { end, diary } = echo()
  const hosted = await hostTcp(end, { port: 0 })
  t.teardown(hosted.close)
  const first = await client(t, hosted.port)
  const second = await client(t, hosted.port)
  let bytes = 0
  second.on('data', (got) => {
    bytes += got.length
  })
  await once(second, 'close')
  t.equal(bytes, 0)
  first.write(Buffer.from('0a0b', 'hex'))
  t.equal(await heard(first, 2), '0a0b')
  t.strictSame(diary, ['attach'])
})

t.test('a port that is taken is told as such, with a cure', async (t) => {
  const hosted = await hostTcp(echo().end, { port: 0 })
  t.teardown(hosted.close)
  await t.rejects(hostTcp(echo().end, { port: hosted.port }), { code: 'PORT_BUSY', where: `127.0.0.1:${hosted.port}`, cure: /ss -ltnp/ })
  await t.rejects(hostTcp(echo().end, { port: 70_000 }), { code: 'USAGE' })
  await t.rejects(hostTcp(echo().end, { host: '192.0.2.1', port: 0 }), { code: 'PORT_FAILED', seen: 'EADDRNOTAVAIL' })
})

t.test('closing hangs up, frees the port and may be done twice', async (t) => {
  const hosted = await hostTcp(echo().end, { port: 0 })
  const socket = await client(t, hosted.port)
  const hungUp = once(socket, 'close')
  await hosted.close()
  await hosted.close()
  await hungUp
  const again = await hostTcp(echo().end, { port: hosted.port })
  t.equal(again.port, hosted.port)
  await again.close()
})

t.test('what a client does not read is kept up to a limit, then dropped and counted', async (t) => {
  const { end, send } = echo()
  const hosted = await hostTcp(end, { port: 0 })
  t.teardown(hosted.close)
  const socket = await client(t, hosted.port)
  socket.write(Buffer.from([1]))
  await heard(socket, 1)
  socket.pause()
  send(new Uint8Array(MAX_UNSENT_BYTES))
  t.equal(hosted.dropped(), 0)
  send(new Uint8Array(MAX_UNSENT_BYTES + 1))
  t.equal(hosted.dropped(), MAX_UNSENT_BYTES + 1)
})
