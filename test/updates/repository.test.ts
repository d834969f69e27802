import t from 'tap'
import { openRepository } from '../../src/updates/repository.js'
import { fileServer } from '../support/file-server.js'

const { signal } = new AbortController()
const plain = { credentials: null, ca: null, proxies: {} }

const all = async (chunks: AsyncIterable<Uint8Array>): Promise<string> => {
  const parts: Uint8Array[] = []
  for await (const chunk of chunks) parts.push(chunk)
  return Buffer.concat(parts).toString()
}

t.test('a folder and a web server give the same bytes', async (t) => {
  const folder = t.testdir({ metadata: { 'timestamp.json': 'signed' } })
  const server = await fileServer(t, { files: new Map([['/repo/metadata/timestamp.json', Buffer.from('signed')]]) })
  for (const address of [folder, server.url.href]) {
    const repository = openRepository({ ...plain, address })
    t.equal(await all(repository.fetch('metadata/timestamp.json', 0, signal)), 'signed')
    t.equal(await all(repository.fetch('metadata/timestamp.json', 2, signal)), 'gned')
    await t.rejects(all(repository.fetch('metadata/1.root.json', 0, signal)), { code: 'NOT_FOUND' })
  }
})

t.test('credentials go to the server and into no message, whatever characters they hold', async (t) => {
  const server = await fileServer(t, { files: new Map([['/repo/a', Buffer.from('a')]]) })
  const sent = async (credentials: string) => {
    const repository = openRepository({ ...plain, address: server.url.href, credentials })
    t.notMatch(repository.where, /secret|user/)
    await all(repository.fetch('a', 0, signal))
    return server.requests.at(-1)?.headers.authorization
  }
  const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`
  t.equal(await sent('user:secret'), basic('user:secret'))
  t.equal(await sent('user:se:cr@et/%41'), basic('user:se:cr@et/%41'))
  t.equal(await sent('user:secret of 100%'), basic('user:secret of 100%'))
  t.equal(await sent('secret-token'), 'Bearer secret-token')
})

t.test('an address that is none is refused with what is allowed', (t) => {
  t.throws(() => openRepository({ ...plain, address: 'http://' }), {
    code: 'CONFIG_INVALID',
    where: 'updates.repository',
    allowed: 'a URL or a folder',
  })
  t.end()
})
