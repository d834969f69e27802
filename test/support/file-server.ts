import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'

export interface FileServer {
  readonly url: URL
  readonly requests: readonly IncomingMessage[]
  /** Bytes of bodies so far. */
  readonly sent: number
}

export interface FileServerOptions {
  /** Content by path, with the slash that begins it. */
  readonly files: ReadonlyMap<string, Uint8Array>
  readonly ranges?: boolean
  readonly etag?: (path: string) => string | null
  /** Says of each answer after how many bytes of its body the connection breaks; null: never. */
  readonly cut?: (request: IncomingMessage, bytes: number) => number | null
  /** Answers by itself; false: as above. */
  readonly answer?: (request: IncomingMessage, response: ServerResponse) => boolean
  readonly tls?: { readonly key: string; readonly cert: string }
}

/** A plain static server with ranges (RFC 9110 section 14), that can break off. */
export const fileServer = async (
  t: Test,
  { files, ranges = true, etag = () => null, cut = () => null, answer, tls }: FileServerOptions,
): Promise<FileServer> => {
  const requests: IncomingMessage[] = []
  let sent = 0
  const listener: RequestListener = (request, response) => {
    requests.push(request)
    if (answer?.(request, response)) return
    const path = new URL(request.url ?? '/', 'http://localhost').pathname
    const bytes = files.get(path)
    if (!bytes) return void response.writeHead(404).end('not here')
    const tag = etag(path)
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0)
    const partial = ranges && from > 0 && (request.headers['if-range'] === undefined || request.headers['if-range'] === tag)
    const start = partial ? from : 0
    if (partial && start >= bytes.length) return void response.writeHead(416, { 'content-range': `bytes */${bytes.length}` }).end()
    const body = bytes.subarray(start)
    response.writeHead(partial ? 206 : 200, {
      'content-length': body.length,
      ...(tag === null ? {} : { etag: tag }),
      ...(partial ? { 'content-range': `bytes ${start}-${bytes.length - 1}/${bytes.length}` } : {}),
    })
    const most = cut(request, body.length)
    const part = most === null ? body : body.subarray(0, most)
    sent += part.length
    // All that was written arrives; then the connection is gone.
    if (part.length < body.length) response.write(part, () => response.socket?.end())
    else response.end(part)
  }
  const server = tls ? createTlsServer(tls, listener) : createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  return {
    url: new URL(`${tls ? 'https' : 'http'}://127.0.0.1:${isBound(address) ? address.port : 0}/repo/`),
    requests,
    get sent() {
      return sent
    },
  }
}

export const isBound = (address: string | AddressInfo | null): address is AddressInfo => typeof address === 'object' && address !== null
