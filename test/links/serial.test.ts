import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { isFailure } from '../../src/failures.js'
import type { OpenLink, StreamLink } from '../../src/links/contract.js'
import { withDeadline } from '../../src/links/deadline.js'
import { openPort } from '../../src/links/open.js'
import { MAX_UNSENT_BYTES } from '../../src/links/unsent.js'
import { openPty, type Pty, withoutSocat } from '../support/pty.js'
import { readBytes } from '../support/read-bytes.js'

const AMPLE_MS = 5000
const EVERY_BYTE = Uint8Array.from({ length: 256 }, (_, i) => i)
const skip = withoutSocat()

type Stream = OpenLink & { readonly kind: 'stream' }

const openSerial = async (url: string): Promise<Stream> => {
  const open = await openPort(url)
  if (open.kind !== 'stream') throw new Error(`${url} is no stream`)
  return open
}
const rig = async (t: Test): Promise<{ pty: Pty; open: Stream; link: StreamLink }> => {
  const pty = await openPty(join(t.testdir(), 'port'))
  t.teardown(() => pty.kill())
  const open = await openSerial(pty.url)
  t.teardown(() => open.close())
  return { pty, open, link: open.link }
}
const code = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    (error: unknown) => (isFailure(error) ? error.code : String(error)),
  )

t.test('every byte value goes through both ways, unchanged', { skip }, async (t) => {
  const { pty, link } = await rig(t)
  await link.write(EVERY_BYTE, AMPLE_MS)
  t.strictSame([...(await pty.received(256))], [...EVERY_BYTE])
  pty.send(EVERY_BYTE)
  t.strictSame([...(await readBytes(link.chunks, 256))], [...EVERY_BYTE])
})

t.test('a write to a port that takes nothing ends at its deadline; what waits is bounded, and closing frees the port', { skip }, async (t) => {
  const { pty, open, link } = await rig(t)
  pty.pause()
  t.equal(await code(link.write(new Uint8Array(2 * MAX_UNSENT_BYTES), 200)), 'DEADLINE')
  await t.rejects(link.write(Uint8Array.of(1), AMPLE_MS), { code: 'DEADLINE', allowed: `${MAX_UNSENT_BYTES} bytes` })
  await open.close()
  pty.resume()
  const again = await openSerial(pty.url)
  pty.send(Uint8Array.of(42))
  t.strictSame([...(await readBytes(again.link.chunks, 1))], [42])
  await again.close()
})

t.test('a cable pulled out: gone tells, the reader gets what is left and then the reason, a write is refused', { skip }, async (t) => {
  const { pty, open, link } = await rig(t)
  pty.send(Uint8Array.of(1, 2, 3))
  t.strictSame([...(await readBytes(link.chunks, 3))], [1, 2, 3])
  const waiting = code(readBytes(link.chunks, 1))
  await pty.kill()
  t.equal(await withDeadline(waiting, AMPLE_MS, 'reader'), 'PORT_GONE')
  t.match(await withDeadline(open.gone, AMPLE_MS, 'gone'), { code: 'PORT_GONE', where: pty.url })
  t.equal(await code(link.write(Uint8Array.of(1), AMPLE_MS)), 'PORT_GONE')
})

t.test('a cable pulled out while bytes arrive is noticed too, where serialport would read nothing for ever', { skip }, async (t) => {
  for (let pull = 0; pull < 4; pull++) {
    const { pty, open, link } = await rig(t)
    pty.send(Uint8Array.of(1))
    await readBytes(link.chunks, 1)
    await pty.kill()
    t.match(await withDeadline(open.gone, AMPLE_MS, 'gone'), { code: 'PORT_GONE' })
  }
})

t.test('a port that is open already is busy', { skip }, async (t) => {
  const { pty } = await rig(t)
  await t.rejects(openPort(pty.url), { code: 'PORT_BUSY', where: pty.url, cure: /fuser/ })
})

t.test('a port that is not there is gone, and a file that is no port has failed', async (t) => {
  await t.rejects(openPort(`serial:${join(t.testdir(), 'none')}`), { code: 'PORT_GONE', cure: /plug it in/ })
  await t.rejects(openPort(`serial:${join(t.testdir({ file: '' }), 'file')}`), { code: 'PORT_FAILED' })
})

t.test('closing may be done twice; the reader ends without a failure, and gone stays silent', { skip }, async (t) => {
  const { open, link } = await rig(t)
  let told = false
  void open.gone.then(() => {
    told = true
  })
  await open.close()
  await open.close()
  t.strictSame(await link.chunks[Symbol.asyncIterator]().next(), { done: true, value: undefined })
  t.notOk(told)
})

t.test('a port that was opened and closed leaves no file open', { skip }, async (t) => {
  const { pty, open } = await rig(t)
  await open.close()
  const before = readdirSync('/proc/self/fd').length
  for (let i = 0; i < 5; i++) await (await openSerial(pty.url)).close()
  t.equal(readdirSync('/proc/self/fd').length, before)
})
