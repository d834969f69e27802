import { createHash } from 'node:crypto'

/** An id is one level of an MQTT topic; characters. */
export const MAX_ID_LENGTH = 64
/** Digits of SHA-256 that tell apart what a slug made alike. */
const HASH_DIGITS = 6

/**
 * The permanent name of an instrument (DESIGN section 4): `<family>-<serial slug>`, with the slug of the port where there is
 * no serial number. `override` is the `id:` of the configuration and wins.
 */
export const instrumentId = ({ family, serial, port, override }: Named): string => {
  if (override !== null) return override
  const known = serial === null || serial.trim() === '' ? port : serial
  return `${family}-${slug(known, MAX_ID_LENGTH - family.length - 1)}`
}

interface Named {
  readonly family: string
  readonly serial: string | null
  /** The URL of the port. */
  readonly port: string
  readonly override: string | null
}

/**
 * Lower case, every other run of characters one hyphen; plus 6 hex digits of the SHA-256 of `text` where that lost more than
 * case or had to be cut to `maxLength` characters. Never empty.
 */
export const slug = (text: string, maxLength = MAX_ID_LENGTH): string => {
  const lower = text.toLowerCase()
  const plain = lower.replace(/[^a-z0-9]+/g, '-')
  if (plain === lower && plain !== '' && plain.length <= maxLength) return plain
  const hash = createHash('sha256').update(text).digest('hex').slice(0, HASH_DIGITS)
  const kept = plain
    .replace(/^-/, '')
    .slice(0, maxLength - HASH_DIGITS - 1)
    .replace(/-$/, '')
  return kept === '' ? hash : `${kept}-${hash}`
}
