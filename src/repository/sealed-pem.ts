import { createCipheriv, type KeyObject, randomBytes, scryptSync } from 'node:crypto'

/**
 * Cost of one guess of the passphrase: N = 2^14, r = 8, p = 5 (OWASP Password Storage Cheat Sheet, equal in strength to its first choice;
 * 16 MiB, below what OpenSSL accepts when it reads). Node's own `cipher` option gives PBKDF2 with 2,048 rounds, which a graphics card guesses
 * through in no time; OpenSSL reads both.
 */
const COST = { N: 2 ** 14, r: 8, p: 5 }
const SALT_BYTES = 16
const IV_BYTES = 16
const KEY_BYTES = 32

const OID = { pbes2: '1.2.840.113549.1.5.13', scrypt: '1.3.6.1.4.1.11591.4.11', aes256cbc: '2.16.840.1.101.3.4.1.42' }

/**
 * A private key as PEM: PKCS#8 locked with a passphrase by PBES2 with scrypt and AES-256-CBC (RFC 8018 appendix A.4, RFC 7914 section 7), so that
 * `createPrivateKey` and `openssl pkey` open it. Without a passphrase it is plain PKCS#8.
 */
export const pemOf = (key: KeyObject, passphrase: string | null): string => {
  if (passphrase === null) return key.export({ type: 'pkcs8', format: 'pem' }).toString()
  const salt = randomBytes(SALT_BYTES)
  const iv = randomBytes(IV_BYTES)
  const cipher = createCipheriv('aes-256-cbc', scryptSync(passphrase, salt, KEY_BYTES, COST), iv)
  const locked = Buffer.concat([cipher.update(key.export({ type: 'pkcs8', format: 'der' })), cipher.final()])
  const derivation = sequence(objectId(OID.scrypt), sequence(octets(salt), integer(COST.N), integer(COST.r), integer(COST.p)))
  const der = sequence(sequence(objectId(OID.pbes2), sequence(derivation, sequence(objectId(OID.aes256cbc), octets(iv)))), octets(locked))
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return ['-----BEGIN ENCRYPTED PRIVATE KEY-----', ...lines, '-----END ENCRYPTED PRIVATE KEY-----', ''].join('\n')
}

/** Whether a passphrase is needed to open it. */
export const isLocked = (pem: string): boolean => /-----BEGIN ENCRYPTED PRIVATE KEY-----/.test(pem)

// DER (ITU-T X.690), as much as is needed here.
const tagged = (tag: number, content: Uint8Array): Buffer => Buffer.concat([Buffer.from([tag]), lengthOf(content.length), content])
const sequence = (...parts: Uint8Array[]): Buffer => tagged(0x30, Buffer.concat(parts))
const octets = (bytes: Uint8Array): Buffer => tagged(0x04, bytes)

const lengthOf = (n: number): Buffer => (n < 0x80 ? Buffer.from([n]) : n < 0x100 ? Buffer.from([0x81, n]) : Buffer.from([0x82, n >> 8, n & 0xff]))

/** Of a number from 0 up; a leading zero keeps the sign bit clear. */
const integer = (n: number): Buffer => {
  const hex = n.toString(16)
  const bytes = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex')
  return tagged(0x02, (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes)
}

const objectId = (dotted: string): Buffer => {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  return tagged(0x06, Buffer.concat([first * 40 + second, ...rest].map(base128)))
}

const base128 = (n: number): Buffer => {
  const digits = [n & 0x7f]
  for (let left = n >>> 7; left > 0; left >>>= 7) digits.unshift((left & 0x7f) | 0x80)
  return Buffer.from(digits)
}
