import { execFileSync } from 'node:child_process'
import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { folderTransport } from '../../../src/updates/transports/folder.js'

const { signal } = new AbortController()
const CONTENT = Buffer.from(Array.from({ length: 200_000 }, (_, i) => (i * 7919) & 255))

const all = async (root: string, path: string, offset = 0, by: AbortSignal = signal): Promise<Buffer> => {
  const chunks: Uint8Array[] = []
  for await (const chunk of folderTransport(root).fetch(path, offset, by)) chunks.push(chunk)
  return Buffer.concat(chunks)
}

t.test('a file, and the rest of a file', async (t) => {
  const root = t.testdir({ a: { file: CONTENT } })
  t.same(await all(root, 'a/file'), CONTENT)
  t.same(await all(root, 'a/file', 123_456), CONTENT.subarray(123_456))
  t.same(await all(root, 'a/file', 300_000), Buffer.of())
})

t.test('no such file is told apart from a medium that is not there', async (t) => {
  const root = t.testdir({ a: { file: 'x' } })
  await t.rejects(all(root, 'a/none'), { code: 'NOT_FOUND' })
  await t.rejects(all(root, 'a/file/below'), { code: 'NOT_FOUND' })
  await t.rejects(all(root, 'a'), { code: 'NOT_FOUND' })
  await t.rejects(all(join(root, 'unplugged'), 'a/file'), { code: 'NETWORK_FAILED', message: /plug the medium in/ })
})

t.test('links and pipes on a medium from elsewhere are not followed and not waited for', async (t) => {
  const root = t.testdir({ secret: 'x' })
  symlinkSync(join(root, 'secret'), join(root, 'link'))
  execFileSync('mkfifo', [join(root, 'pipe')])
  await t.rejects(all(root, 'link'), { code: 'NOT_FOUND', message: /link/ })
  await t.rejects(all(root, 'pipe'), { code: 'NOT_FOUND' })
})

t.test('it stops when it is told to', async (t) => {
  const stop = new AbortController()
  stop.abort()
  await t.rejects(all(t.testdir({ file: 'x' }), 'file', 0, stop.signal), { code: 'ABORTED' })
})
