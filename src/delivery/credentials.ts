import { readFileSync } from 'node:fs'
import { Failure } from '../failures.js'
import type { Settings } from '../settings/schema.js'

/** Bytes of a password or PEM file: a bundle of all public authorities has some 250,000. */
const MAX_BYTES = 1024 * 1024

export interface Credentials {
  readonly username?: string
  readonly password?: string
  readonly ca?: Buffer
  readonly cert?: Buffer
  readonly key?: Buffer
}

/**
 * Reads password and certificates anew, so that a renewed one counts from the next attempt on. No content ever gets into a message.
 * @throws Failure CONFIG_INVALID naming the key and the file that cannot be read
 */
export const readCredentials = ({ url, username, passwordFile, tls }: Settings['mqtt']): Credentials => {
  const secure = /^(mqtts|wss):/.test(url)
  return {
    ...(username === null ? {} : { username }),
    ...(passwordFile === null ? {} : { password: firstLine(read('mqtt.passwordFile', passwordFile)) }),
    ...(!secure || tls.caFile === null ? {} : { ca: read('mqtt.tls.caFile', tls.caFile) }),
    ...(!secure || tls.certFile === null ? {} : { cert: read('mqtt.tls.certFile', tls.certFile) }),
    ...(!secure || tls.keyFile === null ? {} : { key: read('mqtt.tls.keyFile', tls.keyFile) }),
  }
}

const read = (key: string, file: string): Buffer => {
  const bytes = contentOf(key, file)
  if (bytes.length > MAX_BYTES)
    throw new Failure('CONFIG_INVALID', { where: `${key} (${file})`, seen: `${bytes.length} bytes`, allowed: `${MAX_BYTES} bytes` })
  return bytes
}

const contentOf = (key: string, file: string): Buffer => {
  try {
    return readFileSync(file)
  } catch (error) {
    const seen = error instanceof Error && 'code' in error ? String(error.code) : 'it cannot be read'
    throw new Failure('CONFIG_INVALID', { where: `${key} (${file})`, seen, cure: 'name a file that the user of the agent may read', cause: error })
  }
}

const firstLine = (bytes: Buffer): string => bytes.toString('utf8').split(/\r?\n/, 1)[0] ?? ''
