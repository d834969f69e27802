import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { Key, Signature } from '@tufjs/models'
import { Failure } from '../failures.js'
import { isLocked } from './sealed-pem.js'

/** Length of an ed25519 public key in bytes (RFC 8032). */
const PUBLIC_BYTES = 32

/** A key that can sign. */
export interface SigningKey {
  /** TUF key id: SHA-256 over the canonical form of the public key, in hex. */
  readonly id: string
  /** The public half, as metadata name it. */
  readonly key: Key
  readonly privateKey: KeyObject
  sign(bytes: Uint8Array): Signature
}

/** A new ed25519 key. */
export const makeKey = (): SigningKey => signingKey(generateKeyPairSync('ed25519').privateKey)

export const signingKey = (privateKey: KeyObject): SigningKey => {
  const key = publicKey(createPublicKey(privateKey))
  return { id: key.keyID, key, privateKey, sign: (bytes) => new Signature({ keyID: key.keyID, sig: sign(null, bytes, privateKey).toString('hex') }) }
}

/** The public half as TUF writes it, named by its id (TUF specification 1.0, section 4.2). */
export const publicKey = (object: KeyObject): Key => {
  const hex = object.export({ type: 'spki', format: 'der' }).subarray(-PUBLIC_BYTES).toString('hex')
  // Canonical JSON of these few strings: keys in order, no space.
  const canonical = `{"keytype":"ed25519","keyval":{"public":"${hex}"},"scheme":"ed25519"}`
  const keyID = createHash('sha256').update(canonical).digest('hex')
  return new Key({ keyID, keyType: 'ed25519', scheme: 'ed25519', keyVal: { public: hex } })
}

/**
 * Opens a key file. A public key comes back without a private half: it can be named, not signed with.
 * @param passphrase asked only where the file is locked
 * @throws Failure KEY_LOCKED (none given, or a wrong one), REPOSITORY_INVALID (no ed25519 key)
 */
export const openKey = async (
  pem: string,
  where: string,
  passphrase: () => Promise<string | null>,
): Promise<{ readonly key: Key; readonly signing: SigningKey | null }> => {
  if (/-----BEGIN PUBLIC KEY-----/.test(pem)) return { key: publicKey(ed25519(() => createPublicKey(pem), where)), signing: null }
  if (!isLocked(pem)) return ofPrivate(ed25519(() => createPrivateKey(pem), where))
  const words = await passphrase()
  if (words === null) throw locked(where, 'no passphrase')
  let opened: KeyObject
  try {
    opened = createPrivateKey({ key: pem, passphrase: words })
  } catch (cause) {
    // The reason of OpenSSL says nothing to a person; a passphrase is never part of it.
    throw locked(where, 'another passphrase', cause)
  }
  return ofPrivate(ed25519(() => opened, where))
}

const ofPrivate = (object: KeyObject) => {
  const signing = signingKey(object)
  return { key: signing.key, signing }
}

const locked = (where: string, seen: string, cause?: unknown): Failure =>
  new Failure('KEY_LOCKED', {
    where,
    seen,
    allowed: 'the passphrase that it was made with',
    cure: 'name a file that holds it with --passphrase-file, set SPECTRO2MQTT_PASSPHRASE, or run the command at a terminal and be asked',
    cause,
  })

const ed25519 = (read: () => KeyObject, where: string): KeyObject => {
  const allowed = 'an ed25519 key in PEM'
  const cure = 'make one with: openssl genpkey -algorithm ed25519 -out key.pem'
  let object: KeyObject
  try {
    object = read()
  } catch (cause) {
    throw new Failure('REPOSITORY_INVALID', { where, seen: cause instanceof Error ? cause.message : String(cause), allowed, cure, cause })
  }
  if (object.asymmetricKeyType === 'ed25519') return object
  throw new Failure('REPOSITORY_INVALID', { where, seen: `a key of the kind ${object.asymmetricKeyType}`, allowed, cure })
}
