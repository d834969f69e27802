import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import { isFailure } from '../../src/failures.js'
import { MAX_UNREAD_BYTES } from '../../src/links/byte-queue.js'
import type { OpenLink } from '../../src/links/contract.js'
import { openPort } from '../../src/links/open.js'
import { MAX_UNSENT_BYTES } from '../../src/links/unsent.js'
import { readBytes } from '../support/read-bytes.js'

const AMPLE_MS = 5000
/** More than the system keeps for a connection that nobody reads. */
const FLOOD_BYTES = 64 * 1024 * 1024
const EVERY_BYTE = Uint8Array.from({ length: 256 }, (_, i) => i)

const code = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    (error: unknown) => (isFailure(error) ? error.code : String(error)),
  )

/** A link and the socket at its far end. */
const rig = async (t: Test): Promise<{ open: OpenLink & { readonly kind: 'stream' }; far: Socket; url: string }> => {
  const server = createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const accepted = once(server, 'connection')
  const url = `tcp://127.0.0.1:${port}`
  const open = await openPort(url)
  if (open.kind !== 'stream') throw new Error('no stream')
  const [far] = (await accepted) as [Socket]
  t.teardown(async () => {
    await open.close()
    far.destroy()
    server.close()
  })
  return { open, far, url }
}

t.test('every byte value goes through both ways, unchanged', async (t) => {
  const { open, far } = await rig(t)
  await open.link.write(EVERY_BYTE, AMPLE_MS)
  t.strictSame([...(await readBytes(far, 256))], [...EVERY_BYTE])
  far.write(EVERY_BYTE)
  t.strictSame([...(await readBytes(open.link.chunks, 256))], [...EVERY_BYTE])
})

t.test('a write to a peer that stopped reading ends at its deadline, and what waits is bounded', async (t) => {
  const { open } = await rig(t)
  t.equal(await code(open.link.write(new Uint8Array(FLOOD_BYTES), 200)), 'DEADLINE')
  await t.rejects(open.link.write(Uint8Array.of(1), AMPLE_MS), { code: 'DEADLINE', allowed: `${MAX_UNSENT_BYTES} bytes` })
})

t.test('what nobody reads is bounded, and what is thrown away is counted', async (t) => {
  const { open, far } = await rig(t)
  const sent = MAX_UNREAD_BYTES + 300_000
  far.write(new Uint8Array(sent))
  far.end()
  await open.gone
  let kept = 0
  const reading = (async () => {
    for await (const part of open.link.chunks) kept += part.length
  })()
  t.equal(await code(reading), 'PORT_GONE')
  t.ok(kept <= MAX_UNREAD_BYTES, `${kept} kept`)
  t.equal(kept + open.dropped(), sent)
})

t.test('a far end that hangs up: the reader gets what is left and then the reason, gone tells, a write is refused', async (t) => {
  const { open, far, url } = await rig(t)
  far.end(Uint8Array.of(7, 8))
  t.match(await open.gone, { code: 'PORT_GONE', where: url })
  t.strictSame([...(await readBytes(open.link.chunks, 2))], [7, 8])
  t.equal(await code(readBytes(open.link.chunks, 1)), 'PORT_GONE')
  t.equal(await code(open.link.write(Uint8Array.of(1), AMPLE_MS)), 'PORT_GONE')
})

t.test('a reset by the far end is a lost port too', async (t) => {
  const { open, far } = await rig(t)
  far.resetAndDestroy()
  t.match(await open.gone, { code: 'PORT_GONE' })
})

t.test('closing may be done twice; the reader ends without a failure, and gone stays silent', async (t) => {
  const { open, far } = await rig(t)
  let told = false
  void open.gone.then(() => {
    told = true
  })
  const hungUp = once(far.resume(), 'end')
  await open.close()
  await open.close()
  await hungUp
  t.strictSame(await open.link.chunks[Symbol.asyncIterator]().next(), { done: true, value: undefined })
  t.notOk(told)
})

t.test('nobody there has a cure; what is no address is a usage error', async (t) => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  await t.rejects(openPort(`tcp://127.0.0.1:${port}`), { code: 'PORT_FAILED', seen: 'ECONNREFUSED', cure: /serial server/ })
  for (const url of ['tcp://127.0.0.1', 'tcp://:4001', 'tcp://127.0.0.1:0', 'tcp:']) await t.rejects(openPort(url), { code: 'USAGE' }, url)
  await t.rejects(openPort('bluetooth:1'), { code: 'USAGE', allowed: /tcp:.*serial:.*usb:/ })
})
