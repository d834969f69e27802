import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import t, { type Test } from 'tap'
import { isFailure } from '../../../src/failures.js'
import type { Transport } from '../../../src/updates/contract.js'
import { httpTransport, MAX_REDIRECTS } from '../../../src/updates/transports/http.js'
import { certify, withoutOpenssl } from '../../support/certificates.js'
import { fileServer, isBound } from '../../support/file-server.js'

const { signal } = new AbortController()
const CONTENT = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 7919) & 255))
const FILES = new Map([['/repo/a/file', CONTENT]])

const all = async (transport: Transport, path: string, offset = 0, by: AbortSignal = signal): Promise<Buffer> => {
  const chunks: Uint8Array[] = []
  for await (const chunk of transport.fetch(path, offset, by)) chunks.push(chunk)
  return Buffer.concat(chunks)
}

t.test('a file, and the rest of a file', async (t) => {
  const { url, requests } = await fileServer(t, { files: FILES })
  const transport = httpTransport({ url, proxies: {} })
  t.same(await all(transport, 'a/file'), CONTENT)
  t.same(await all(transport, 'a/file', 123_456), CONTENT.subarray(123_456))
  t.equal(requests[1]?.headers.range, 'bytes=123456-')
  t.equal(requests[0]?.headers['accept-encoding'], 'identity')
})

t.test('a server without ranges: what is there already is passed over', async (t) => {
  const { url } = await fileServer(t, { files: FILES, ranges: false })
  t.same(await all(httpTransport({ url, proxies: {} }), 'a/file', 200_000), CONTENT.subarray(200_000))
})

t.test('a file that changed since it was begun is told as other bytes, by its tag or by its length', async (t) => {
  let tag = '"one"'
  const { url, requests } = await fileServer(t, { files: FILES, etag: () => tag })
  const transport = httpTransport({ url, proxies: {} })
  await all(transport, 'a/file')
  t.same(await all(transport, 'a/file', 1000), CONTENT.subarray(1000))
  t.equal(requests[1]?.headers['if-range'], '"one"')
  tag = '"two"'
  await t.rejects(all(transport, 'a/file', 1000), { code: 'TRUST_HASH' })
  const fresh = httpTransport({ url, proxies: {} })
  await t.rejects(all(fresh, 'a/file', CONTENT.length + 1), { code: 'TRUST_HASH' })
  tag = 'W/"weak"'
  await all(fresh, 'a/file')
  await all(fresh, 'a/file', 1000)
  t.equal(requests.at(-1)?.headers['if-range'], undefined, 'a weak tag promises nothing')
})

for (const [status, code] of [
  [404, 'NOT_FOUND'],
  [410, 'NOT_FOUND'],
  [403, 'NOT_FOUND'],
  [401, 'NETWORK_FAILED'],
  [500, 'NETWORK_FAILED'],
  [503, 'NETWORK_FAILED'],
  [204, 'NETWORK_FAILED'],
] as const)
  t.test(`status ${status} is ${code}`, async (t) => {
    const { url } = await fileServer(t, { files: FILES, answer: (_, response) => Boolean(response.writeHead(status).end()) })
    await t.rejects(all(httpTransport({ url, proxies: {} }), 'a/file'), { code, message: new RegExp(`${status}`) })
  })

t.test('a part that begins elsewhere is not taken', async (t) => {
  const answer = (_: IncomingMessage, response: Parameters<NonNullable<Parameters<typeof fileServer>[1]['answer']>>[1]) =>
    Boolean(response.writeHead(206, { 'content-range': 'bytes 0-9/300000' }).end('0123456789'))
  const { url } = await fileServer(t, { files: FILES, answer })
  await t.rejects(all(httpTransport({ url, proxies: {} }), 'a/file', 1000), { code: 'NETWORK_FAILED', message: /bytes 0-9/ })
})

t.test('compressed content is not taken for the file', async (t) => {
  const { url } = await fileServer(t, {
    files: FILES,
    answer: (_, response) => Boolean(response.writeHead(200, { 'content-encoding': 'gzip' }).end('x')),
  })
  await t.rejects(all(httpTransport({ url, proxies: {} }), 'a/file'), { code: 'NETWORK_FAILED', message: /gzip/ })
})

t.test('a connection that breaks, one that falls silent and one that is refused are failures to be tried again', async (t) => {
  const broken = await fileServer(t, { files: FILES, cut: () => 1000 })
  await t.rejects(all(httpTransport({ url: broken.url, proxies: {} }), 'a/file'), { code: 'NETWORK_FAILED' })
  const silent = await fileServer(t, { files: FILES, answer: () => true })
  await t.rejects(all(httpTransport({ url: silent.url, proxies: {}, idleMs: 50 }), 'a/file'), { code: 'NETWORK_FAILED', message: /50 ms/ })
  const halfway = await fileServer(t, { files: FILES, answer: (_, response) => response.writeHead(200, { 'content-length': 10 }).write('12345') })
  await t.rejects(all(httpTransport({ url: halfway.url, proxies: {}, idleMs: 50 }), 'a/file'), { code: 'NETWORK_FAILED', message: /50 ms/ })
  await t.rejects(all(httpTransport({ url: new URL('http://127.0.0.1:1/'), proxies: {} }), 'a/file'), {
    code: 'NETWORK_FAILED',
    message: /ECONNREFUSED/,
  })
})

t.test('it stops at once when it is told to', async (t) => {
  const { url } = await fileServer(t, { files: FILES, answer: () => true })
  const stop = new AbortController()
  const fetching = all(httpTransport({ url, proxies: {} }), 'a/file', 0, stop.signal)
  stop.abort()
  await t.rejects(fetching, { code: 'ABORTED' })
})

t.test('redirections are followed, but not without end', async (t) => {
  let hops = 0
  const answer: NonNullable<Parameters<typeof fileServer>[1]['answer']> = (request, response) => {
    if (hops-- <= 0) return false
    return Boolean(response.writeHead(302, { location: request.url ?? '' }).end())
  }
  const { url } = await fileServer(t, { files: FILES, answer })
  const transport = httpTransport({ url, proxies: {} })
  hops = MAX_REDIRECTS
  t.same(await all(transport, 'a/file'), CONTENT)
  hops = MAX_REDIRECTS + 1
  await t.rejects(all(transport, 'a/file'), { code: 'NETWORK_FAILED', message: /redirections/ })
  hops = 0
})

t.test('user and password go to the server that they are for alone, and into no message', async (t) => {
  const other = await fileServer(t, { files: FILES })
  const { url, requests } = await fileServer(t, {
    files: FILES,
    answer: (request, response) =>
      request.url?.includes('away') === true && Boolean(response.writeHead(302, { location: `${other.url}a/file` }).end()),
  })
  url.username = 'agent'
  url.password = 'se cret'
  url.search = '?key=hush'
  const transport = httpTransport({ url, proxies: {} })
  t.same(await all(transport, 'a/file'), CONTENT)
  t.equal(requests[0]?.headers.authorization, `Basic ${Buffer.from('agent:se cret').toString('base64')}`)
  t.equal(requests[0]?.url, '/repo/a/file?key=hush')
  await all(transport, 'away')
  t.equal(other.requests[0]?.headers.authorization, undefined)
  const failure = await all(transport, 'none').catch((error: unknown) => error)
  t.ok(isFailure(failure, 'NOT_FOUND'))
  t.notMatch(`${String(failure)} ${JSON.stringify(failure)} ${transport.where}`, /cret|agent|hush/)
  url.username = ''
  url.password = 'token-1'
  await all(httpTransport({ url, proxies: {} }), 'a/file')
  t.equal(requests.at(-1)?.headers.authorization, 'Bearer token-1')
})

/** A proxy that writes down what it is asked for. */
const proxy = async (t: Test, refuse = false) => {
  const asked: { readonly what: string; readonly authorization: string | undefined }[] = []
  const note = (request: IncomingMessage) =>
    asked.push({ what: `${request.method} ${request.url}`, authorization: request.headers['proxy-authorization'] })
  const server = createServer((request, response) => {
    note(request)
    if (refuse) return void response.writeHead(407).end()
    response.end(CONTENT)
  })
  server.on('connect', (request, socket) => {
    note(request)
    if (refuse) return void socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n')
    const far = connect(Number(request.url?.split(':')[1]), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      far.pipe(socket).pipe(far)
    })
    far.on('error', () => socket.destroy())
    socket.on('error', () => far.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  return { asked, url: `http://user:pass@127.0.0.1:${isBound(address) ? address.port : 0}` }
}

t.test('by way of a proxy: the whole address is asked for', async (t) => {
  const { asked, url } = await proxy(t)
  const transport = httpTransport({ url: new URL('http://repo.example/models'), proxies: { http_proxy: url, no_proxy: 'elsewhere.example' } })
  t.same(await all(transport, 'a/file'), CONTENT)
  t.strictSame(asked, [{ what: 'GET http://repo.example/models/a/file', authorization: `Basic ${Buffer.from('user:pass').toString('base64')}` }])
  const refusing = await proxy(t, true)
  const refused = httpTransport({ url: new URL('http://repo.example/'), proxies: { http_proxy: refusing.url } })
  await t.rejects(all(refused, 'a/file'), { code: 'NETWORK_FAILED', message: /407/ })
})

t.test(
  "by TLS, with an authority of one's own, directly and by a tunnel through a proxy; never back to plain HTTP",
  { skip: withoutOpenssl },
  async (t) => {
    const made = certify(t.testdir(), 'server')
    const [ca, key, cert] = [made.ca, made.key, made.certificate].map((path) => readFileSync(path, 'utf8'))
    if (key === undefined || cert === undefined || ca === undefined) throw new Error('no certificates')
    const plain = await fileServer(t, { files: FILES })
    const { url } = await fileServer(t, {
      files: FILES,
      tls: { key, cert },
      answer: (request, response) =>
        request.url?.includes('away') === true && Boolean(response.writeHead(302, { location: `${plain.url}a/file` }).end()),
    })
    t.same(await all(httpTransport({ url, proxies: {}, ca }), 'a/file'), CONTENT)
    await t.rejects(all(httpTransport({ url, proxies: {} }), 'a/file'), { code: 'NETWORK_FAILED', message: /certificate/ })
    await t.rejects(all(httpTransport({ url, proxies: {}, ca }), 'away'), { code: 'NETWORK_FAILED', message: /from https to https/ })
    const { asked, url: through } = await proxy(t)
    const tunnelled = httpTransport({ url, proxies: { https_proxy: through }, ca })
    t.same(await all(tunnelled, 'a/file', 1000), CONTENT.subarray(1000))
    t.strictSame(asked, [{ what: `CONNECT 127.0.0.1:${url.port}`, authorization: `Basic ${Buffer.from('user:pass').toString('base64')}` }])
    await t.rejects(all(httpTransport({ url, proxies: { https_proxy: through } }), 'a/file'), { code: 'NETWORK_FAILED', message: /certificate/ })
    const refusing = await proxy(t, true)
    const refused = httpTransport({ url, proxies: { https_proxy: refusing.url }, ca })
    await t.rejects(all(refused, 'a/file'), { code: 'NETWORK_FAILED', message: /407.*https_proxy/ })
  },
)
