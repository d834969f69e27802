import { Agent as HttpAgent, request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { rootCertificates } from 'node:tls'
import { Failure, isFailure } from '../../failures.js'
import type { Transport } from '../contract.js'
import { authorization, type ProxyVariables, proxyFor, tunnel } from './proxy.js'

export interface HttpOptions {
  /**
   * Root of a published repository. `USER:PASSWORD@` before the host is sent as basic authorization, `:TOKEN@` as a bearer token; neither is
   * ever part of a message, nor is a query, nor is any of it sent to another host that the server points at.
   */
  readonly url: URL
  readonly proxies: ProxyVariables
  /** Certificates that are trusted beside those of Node, PEM. */
  readonly ca?: string | undefined
  /** Milliseconds without a byte after which a transfer has failed. */
  readonly idleMs?: number
}

/** Milliseconds without a byte, from the first attempt to connect on. */
export const IDLE_MS = 30_000
/** Other addresses that a server may point at, one after the other. */
export const MAX_REDIRECTS = 5
/** Entity tags of files that were begun, kept for going on. The oldest is forgotten. */
const MAX_TAGS = 16
const MAX_SOCKETS = 2

/** A published repository on a web server. Goes on where it was cut off (RFC 9110 section 14). */
export const httpTransport = ({ url: root, proxies, ca: own, idleMs = IDLE_MS }: HttpOptions): Transport => {
  const ca = own === undefined ? undefined : [...rootCertificates, own]
  const where = `${root.origin}${root.pathname.replace(/\/$/, '')}`
  const agents = { 'http:': new HttpAgent({ keepAlive: true, maxSockets: MAX_SOCKETS }), 'https:': new HttpsAgent({ keepAlive: true, ca }) }
  const tags = new Map<string, string>()
  const remember = (path: string, tag: string | undefined): void => {
    tags.delete(path)
    // A weak tag does not promise the same bytes.
    if (tag === undefined || tag.startsWith('W/')) return
    tags.set(path, tag)
    for (const oldest of [...tags.keys()].slice(0, -MAX_TAGS)) tags.delete(oldest)
  }

  const ask = async (url: URL, headers: Record<string, string>, signal: AbortSignal): Promise<IncomingMessage> => {
    const proxy = proxyFor(url, proxies)
    const credentials = url.origin === root.origin ? authorization(root) : null
    const options: RequestOptions = {
      method: 'GET',
      headers: { ...headers, ...(credentials === null ? {} : { authorization: credentials }) },
      signal,
    }
    if (proxy === null) return answer(url.protocol, { ...options, ...target(url), agent: agents[url.protocol === 'https:' ? 'https:' : 'http:'] })
    if (url.protocol === 'https:') {
      const socket = await tunnel(url, proxy, { ca, timeoutMs: idleMs, signal })
      // Without an agent at all: with `agent: false` the request would open a connection of its own, past the proxy.
      return answer('https:', { ...options, ...target(url), createConnection: () => socket })
    }
    const proxyCredentials = authorization(proxy)
    return answer('http:', {
      ...options,
      host: proxy.hostname,
      port: proxy.port || 80,
      path: `${url.origin}${url.pathname}${url.search}`,
      headers: { ...options.headers, host: url.host, ...(proxyCredentials === null ? {} : { 'proxy-authorization': proxyCredentials }) },
      agent: agents['http:'],
    })
  }

  const answer = (protocol: string, options: RequestOptions): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const asking = (protocol === 'https:' ? httpsRequest : httpRequest)(options, (response) => {
        asking.once('timeout', () => response.destroy(silence(idleMs)))
        resolve(response)
      })
      asking.setTimeout(idleMs, () => asking.destroy(silence(idleMs)))
      asking.once('error', reject)
      asking.end()
    })

  const follow = async (path: string, headers: Record<string, string>, signal: AbortSignal): Promise<IncomingMessage> => {
    let url = below(root, path)
    for (let redirects = 0; ; redirects++) {
      const response = await ask(url, headers, signal)
      const status = response.statusCode ?? 0
      const { location } = response.headers
      if (![301, 302, 303, 307, 308].includes(status) || location === undefined) return response
      response.destroy()
      const next = URL.canParse(location, url.href) ? new URL(location, url) : null
      const downgrade = url.protocol === 'https:' && next?.protocol !== 'https:'
      if (next === null || downgrade || !['http:', 'https:'].includes(next.protocol) || redirects === MAX_REDIRECTS)
        throw new Failure('NETWORK_FAILED', {
          where: `${where}: ${path}`,
          seen: redirects === MAX_REDIRECTS ? `${redirects + 1} redirections` : `a redirection to ${next?.protocol ?? 'no address'}`,
          allowed: `at most ${MAX_REDIRECTS}, from https to https alone`,
          cure: 'name the address at which the repository lies now',
        })
      url = next
    }
  }

  return {
    where,
    async *fetch(path, offset, signal) {
      const tag = offset > 0 ? tags.get(path) : undefined
      const range = offset > 0 ? { range: `bytes=${offset}-`, ...(tag === undefined ? {} : { 'if-range': tag }) } : {}
      let response: IncomingMessage | undefined
      try {
        response = await follow(path, { 'accept-encoding': 'identity', ...range }, signal)
        let skip = startOf(response, offset, tag, `${where}: ${path}`)
        remember(path, response.headers.etag)
        for await (const chunk of response) {
          if (!(chunk instanceof Uint8Array)) continue
          if (skip < chunk.length) yield chunk.subarray(skip)
          skip = Math.max(0, skip - chunk.length)
        }
      } catch (cause) {
        if (signal.aborted) throw new Failure('ABORTED', { where })
        if (isFailure(cause)) throw cause
        const seen = cause instanceof Error ? cause.message : String(cause)
        throw new Failure('NETWORK_FAILED', { where: `${where}: ${path}`, seen, cure: 'it is tried again; check network, address and proxy', cause })
      } finally {
        response?.destroy()
      }
    },
  }
}

const silence = (idleMs: number): Error => new Error(`not a byte for ${idleMs} ms`)

const target = (url: URL): RequestOptions => ({ host: url.hostname.replace(/^\[|\]$/g, ''), port: url.port, path: `${url.pathname}${url.search}` })

/** A query of the root, as a signed address has one, goes with every file. */
const below = (root: URL, path: string): URL => {
  const url = new URL(root)
  url.username = ''
  url.password = ''
  url.pathname = `${root.pathname.replace(/\/$/, '')}/${path}`
  return url
}

/** Bytes that come before those that were asked for. */
const startOf = (response: IncomingMessage, offset: number, tag: string | undefined, where: string): number => {
  const status = response.statusCode ?? 0
  const { 'content-range': range, 'content-encoding': encoding, etag } = response.headers
  if (status === 404 || status === 403 || status === 410)
    throw new Failure('NOT_FOUND', { where, seen: `status ${status}`, cure: 'check the address of the repository, and who may read it' })
  if (encoding !== undefined && encoding !== 'identity')
    throw new Failure('NETWORK_FAILED', { where, seen: `encoding ${encoding}`, allowed: 'bytes as they are', cure: 'switch compression of .s2m off' })
  if (status === 206 && new RegExp(`^bytes ${offset}-`).test(range ?? '')) return 0
  const changed = status === 416 || (status === 200 && tag !== undefined && etag !== tag)
  // Whoever asked begins anew: what it has belongs to other bytes.
  if (changed && offset > 0) throw new Failure('TRUST_HASH', { where, seen: 'another file than the one that was begun', allowed: 'the same bytes' })
  if (status === 200) return offset
  throw new Failure('NETWORK_FAILED', {
    where,
    seen: `status ${status}${range === undefined ? '' : `, ${range}`}`,
    allowed: 'the file',
    ...(status === 401 ? { cure: 'put USER:PASSWORD or a token into the file that updates.credentialsFile names' } : {}),
  })
}
