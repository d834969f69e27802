import { Failure } from '../failures.js'
import type { Transport } from './contract.js'
import { folderTransport } from './transports/folder.js'
import { httpTransport } from './transports/http.js'
import type { ProxyVariables } from './transports/proxy.js'

export interface RepositoryPlace {
  /** `http://` or `https://` without credentials, else a folder: a share, a USB stick. */
  readonly address: string
  /** `USER:PASSWORD` or a bearer token, for a web server; null: none. */
  readonly credentials: string | null
  /** PEM of authorities that are trusted beside those of Node; null: none. */
  readonly ca: string | null
  readonly proxies: ProxyVariables
}

/** The way to a repository. @throws Failure CONFIG_INVALID for an address that is none */
export const openRepository = ({ address, credentials, ca, proxies }: RepositoryPlace): Transport => {
  if (!/^https?:\/\//.test(address)) return folderTransport(address)
  if (!URL.canParse(address)) throw new Failure('CONFIG_INVALID', { where: 'updates.repository', seen: address, allowed: 'a URL or a folder' })
  const url = new URL(address)
  if (credentials !== null) {
    const colon = credentials.indexOf(':')
    // A token stands in the place of the password, without a name. A URL encodes what it must, but not a percent sign.
    url.username = colon < 0 ? '' : encodeURIComponent(credentials.slice(0, colon))
    url.password = encodeURIComponent(credentials.slice(colon + 1))
  }
  return httpTransport({ url, proxies, ...(ca === null ? {} : { ca }) })
}
