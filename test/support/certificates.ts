import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** PEM files of an authority, and of a server on the loopback that it vouches for. */
export interface Certified {
  readonly ca: string
  readonly certificate: string
  readonly key: string
}

/** Made on the spot by openssl, elliptic curves for speed, good for a day. */
export const certify = (folder: string, name: string): Certified => {
  const file = (ending: string) => join(folder, `${name}${ending}`)
  const openssl = (...args: string[]) => void execFileSync('openssl', args, { stdio: 'ignore' })
  const fresh = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  openssl('req', '-x509', ...fresh, '-days', '1', '-subj', `/CN=${name} authority`, '-keyout', file('-ca.key'), '-out', file('-ca.pem'))
  openssl('req', ...fresh, '-subj', '/CN=127.0.0.1', '-keyout', file('.key'), '-out', file('.csr'))
  writeFileSync(file('.ext'), 'subjectAltName=IP:127.0.0.1\n')
  const signed = ['-CA', file('-ca.pem'), '-CAkey', file('-ca.key'), '-CAcreateserial']
  openssl('x509', '-req', '-days', '1', '-in', file('.csr'), ...signed, '-extfile', file('.ext'), '-out', file('.pem'))
  return { ca: file('-ca.pem'), certificate: file('.pem'), key: file('.key') }
}

/** For the `skip` of a test that makes certificates: false, or why it is skipped and how to have it run. */
export const withoutOpenssl: string | false = (() => {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' })
    return false
  } catch {
    return 'SKIPPED with TLS: apt install openssl'
  }
})()
