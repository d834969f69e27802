import { type ClientRequest, type IncomingMessage, request } from 'node:http'
import { isIP } from 'node:net'
import type { Duplex } from 'node:stream'
import { connect, type SecureContextOptions } from 'node:tls'
import { Failure } from '../../failures.js'

// Written here and small: the fetch of Node 20 takes no proxy, and a library for it would be one more part that talks to strangers.

/** The variables by which a machine says how it reaches the world (curl's manual, "ENVIRONMENT"). */
export interface ProxyVariables {
  readonly http_proxy?: string | undefined
  readonly https_proxy?: string | undefined
  readonly no_proxy?: string | undefined
  readonly HTTP_PROXY?: string | undefined
  readonly HTTPS_PROXY?: string | undefined
  readonly NO_PROXY?: string | undefined
}

/**
 * The proxy for an address; null: none. Small letters win over capitals. In `no_proxy` a name stands for itself and everything below it.
 * @throws Failure CONFIG_INVALID for a proxy that is not spoken to by plain HTTP
 */
export const proxyFor = (url: URL, variables: ProxyVariables): URL | null => {
  const named = url.protocol === 'https:' ? (variables.https_proxy ?? variables.HTTPS_PROXY) : (variables.http_proxy ?? variables.HTTP_PROXY)
  if (named === undefined || named === '' || isExempt(url, variables.no_proxy ?? variables.NO_PROXY ?? '')) return null
  const text = named.includes('://') ? named : `http://${named}`
  const proxy = URL.canParse(text) ? new URL(text) : null
  if (proxy?.protocol === 'http:') return proxy
  throw new Failure('CONFIG_INVALID', {
    where: `${url.protocol.slice(0, -1)}_proxy`,
    seen: proxy ? `a proxy by ${proxy.protocol.slice(0, -1)}` : 'no address',
    allowed: 'http://HOST:PORT, with USER:PASSWORD@ where it asks for one',
    cure: 'name another proxy, or leave the variable out for a way without one',
  })
}

const isExempt = (url: URL, list: string): boolean =>
  list
    .split(',')
    .map((part) => part.trim().toLowerCase())
    .filter((part) => part !== '')
    .some((part) => {
      const [name = '', port] = part.replace(/^\*?\./, '').split(/:(?=\d+$)/)
      const matches = part === '*' || url.hostname === name || url.hostname.endsWith(`.${name}`)
      return matches && (port === undefined || port === (url.port || (url.protocol === 'https:' ? '443' : '80')))
    })

/** What a header says for the user information of an address; null: nothing. `:TOKEN@` without a user is a bearer token. */
export const authorization = ({ username, password }: URL): string | null => {
  if (username === '') return password === '' ? null : `Bearer ${decodeURIComponent(password)}`
  return `Basic ${Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64')}`
}

/**
 * A TLS connection to `url` through a proxy (CONNECT, RFC 9110 section 9.3.6).
 * @throws Failure NETWORK_FAILED where the proxy refuses; whatever the connection says otherwise
 */
export const tunnel = (
  url: URL,
  proxy: URL,
  { ca, timeoutMs, signal }: Pick<SecureContextOptions, 'ca'> & { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<Duplex> =>
  new Promise((resolve, reject) => {
    const authority = `${url.hostname}:${url.port || '443'}`
    const credentials = authorization(proxy)
    const asking: ClientRequest = request({
      host: proxy.hostname,
      port: proxy.port || 80,
      method: 'CONNECT',
      path: authority,
      headers: { host: authority, ...(credentials === null ? {} : { 'proxy-authorization': credentials }) },
      agent: false,
      timeout: timeoutMs,
      signal,
    })
    asking.once('timeout', () => asking.destroy(new Error(`no answer of the proxy for ${timeoutMs} ms`)))
    asking.once('error', reject)
    asking.once('response', (response: IncomingMessage) => {
      response.destroy()
      reject(refusal(proxy, response))
    })
    asking.once('connect', (response: IncomingMessage, socket: Duplex) => {
      if (response.statusCode !== 200) {
        socket.destroy()
        return reject(refusal(proxy, response))
      }
      const host = url.hostname.replace(/^\[|\]$/g, '')
      // An address is no server name (RFC 6066), but what the certificate must be for.
      const secure = connect({ socket, host, servername: isIP(host) ? '' : host, ...(ca === undefined ? {} : { ca }) })
      secure.once('secureConnect', () => resolve(secure))
      secure.once('error', reject)
      // From here on the request that uses it keeps its time.
      secure.setTimeout(timeoutMs, () => secure.destroy(new Error(`no handshake for ${timeoutMs} ms`)))
    })
    asking.end()
  })

const refusal = (proxy: URL, { statusCode }: IncomingMessage): Failure =>
  new Failure('NETWORK_FAILED', {
    where: `proxy ${proxy.host}`,
    seen: `status ${statusCode}`,
    allowed: 'a tunnel to the repository',
    ...(statusCode === 407 ? { cure: 'give user and password in https_proxy: http://USER:PASSWORD@HOST:PORT' } : {}),
  })
