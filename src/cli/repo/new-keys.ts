import { readFile } from 'node:fs/promises'
import type { Key } from '@tufjs/models'
import { Failure } from '../../failures.js'
import type { Write } from '../../repository/files.js'
import { keyFile } from '../../repository/key-ring.js'
import { makeKey, openKey, type SigningKey } from '../../repository/keys.js'
import { type PassphraseOptions, toLock, toOpen } from './passphrase.js'

/** Keys for one role: what metadata name, what can sign here, and the files to keep them in. */
export interface NewKeys {
  readonly role: string
  readonly keys: readonly Key[]
  readonly signing: readonly SigningKey[]
  readonly files: readonly Write[]
}

/**
 * Makes `count` keys for a role, or takes those of the files given. A public key can be named in metadata; its private half stays where it is.
 * @throws Failure KEY_LOCKED, REPOSITORY_INVALID, FILE_FAILED, USAGE
 */
export const newKeys = async (
  role: string,
  folder: string,
  given: readonly string[],
  count: number,
  locked: () => Promise<string | null>,
  options: PassphraseOptions,
): Promise<NewKeys> => {
  const opened = given.length > 0 ? await Promise.all(given.map((file) => openFile(file, options))) : Array.from({ length: count }, made)
  const signing = opened.flatMap((each) => (each.signing ? [each.signing] : []))
  const passphrase = signing.length > 0 ? await locked() : null
  return { role, keys: opened.map(({ key }) => key), signing, files: signing.map((key) => keyFile(folder, role, key, passphrase)) }
}

/** The passphrase for all keys of one command: decided, or asked for, once. */
export const lockOnce = (options: PassphraseOptions): (() => Promise<string | null>) => {
  let known: Promise<string | null> | undefined
  return () => {
    known ??= toLock(options)
    return known
  }
}

const made = () => {
  const signing = makeKey()
  return { key: signing.key, signing }
}

const openFile = async (file: string, options: PassphraseOptions) => {
  const pem = await readFile(file, 'utf8').catch((cause: unknown) => {
    const seen = cause instanceof Error ? cause.message : String(cause)
    throw new Failure('FILE_FAILED', { where: file, seen, cure: 'name a key file that can be read', cause })
  })
  return openKey(pem, file, toOpen(options))
}
