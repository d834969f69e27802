import type { Codec, Decoded } from '../../src/instruments/contract.js'

/** One question to the instrument. `pixels`: how many a frame must have at the binning that is set. */
export type Request =
  | { readonly kind: 'get-config' }
  | { readonly kind: 'set-config'; readonly binning: number; readonly gain: number; readonly rows: number }
  | { readonly kind: 'get-exposure' }
  | { readonly kind: 'set-exposure'; readonly cycles: number }
  | { readonly kind: 'capture'; readonly pixels: number }
  | { readonly kind: 'get-hash' }

export type Reply =
  | { readonly kind: 'config'; readonly binning: number; readonly gain: number; readonly rows: number }
  | { readonly kind: 'exposure'; readonly cycles: number }
  | { readonly kind: 'frame'; readonly counts: Float64Array }
  | { readonly kind: 'hash'; readonly hash: string }
  /** A setting was taken. */
  | { readonly kind: 'done' }
  /** The bridge or the sensor board says no: one byte or two. */
  | { readonly kind: 'error'; readonly from: 'bridge' | 'sensor' }

/** Exposure in cycles of 20 us, and the pixels of a frame without binning. */
export const CYCLES = { min: 2, max: 65_500, us: 20 } as const
export const MAX_PIXELS = 784

const FULL_SCALE = 65_535
/** Status 02 (invalid command) is reserved; the firmware does not send it. */
const OK = 0x00
const ERROR = 0x01

const commands = { 'get-config': 0x07, 'set-config': 0x08, 'get-exposure': 0x09, 'set-exposure': 0x0a, capture: 0x0b, 'get-hash': 0x0f } as const

/** The only first bytes that this family ever sends: no LED, no automatic exposure. */
export const allowedCommands: readonly number[] = Object.values(commands)

/**
 * One command:  II AA ..   (II id, AA arguments, big-endian; protocols/serial-chromation "Framing")
 */
export const encode = (request: Request): Uint8Array => {
  const id = commands[request.kind]
  if (request.kind === 'set-config') return Uint8Array.of(id, request.binning, request.gain, request.rows)
  if (request.kind === 'set-exposure') return Uint8Array.of(id, request.cycles >> 8, request.cycles & 0xff)
  return Uint8Array.of(id)
}

/** Bytes of a whole reply where both boards say OK. */
export const replyBytes = (request: Request): number => {
  if (request.kind === 'capture') return 4 + 2 * request.pixels
  return { 'get-config': 5, 'set-config': 2, 'get-exposure': 4, 'set-exposure': 2, 'get-hash': 5 }[request.kind]
}

/**
 * One reply:  BB SS DD ..   No length, no checksum: the question alone tells where it ends.
 * - BB  status of the bridge; nothing follows unless it is 00
 * - SS  status of the sensor board; nothing follows unless it is 00
 * - DD  for a frame: pixels (2), then counts (2 each); for the others two to three bytes, big-endian
 */
export const createCodec = (): Codec<Request, Reply> => {
  const buffer = new Uint8Array(4 + 2 * MAX_PIXELS)
  let question: Request | null = null
  let held = 0
  const finish = (decoded: Decoded<Reply>): Decoded<Reply> => {
    question = null
    held = 0
    return decoded
  }
  /** Looks at what is held up to the last gate: more bytes are needed (null), or the reply is whole, or refused. */
  const judge = (asked: Request): Decoded<Reply> | null => {
    const bytes = held
    if (held <= 2) {
      const status = buffer[held - 1]
      if (status === ERROR) return finish({ kind: 'reply', bytes, reply: { kind: 'error', from: held === 1 ? 'bridge' : 'sensor' } })
      if (status !== OK) return finish({ kind: 'refused', why: 'sync', bytes })
    }
    if (held === 4 && asked.kind === 'capture' && word(buffer, 2) !== asked.pixels) return finish({ kind: 'refused', why: 'length', bytes })
    if (held < replyBytes(asked)) return null
    const reply = decode(asked, buffer)
    return finish(reply ? { kind: 'reply', bytes, reply } : { kind: 'refused', why: 'implausible', bytes })
  }
  return {
    get held() {
      return held
    },
    expect(request) {
      question = request
      held = 0
    },
    push(part) {
      const out: Decoded<Reply>[] = []
      let at = 0
      while (at < part.length) {
        if (!question) {
          out.push({ kind: 'refused', why: 'sync', bytes: part.length - at })
          break
        }
        const gate = held < 2 ? held + 1 : held < 4 && question.kind === 'capture' ? 4 : replyBytes(question)
        const piece = part.subarray(at, at + gate - held)
        buffer.set(piece, held)
        held += piece.length
        at += piece.length
        const decoded = held === gate ? judge(question) : null
        if (decoded) out.push(decoded)
      }
      return out
    },
    abandon() {
      const given = held
      question = null
      held = 0
      return given
    },
  }
}

const word = (bytes: Uint8Array, at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)

/** The reply in a whole buffer; null where its values cannot be. */
const decode = (asked: Request, bytes: Uint8Array): Reply | null => {
  const [, , first = 0, second = 0, third = 0] = bytes
  switch (asked.kind) {
    case 'capture':
      return frame(asked.pixels, bytes)
    case 'get-exposure': {
      const cycles = word(bytes, 2)
      return cycles >= CYCLES.min && cycles <= CYCLES.max ? { kind: 'exposure', cycles } : null
    }
    case 'get-config':
      return first <= 1 && third > 0 && third <= 0x1f ? { kind: 'config', binning: first, gain: second, rows: third } : null
    case 'get-hash':
      return { kind: 'hash', hash: [first, second, third].map((byte) => byte.toString(16).padStart(2, '0')).join('') }
    default:
      return { kind: 'done' }
  }
}

/** A frame whose pixels all hold one count below full scale comes from no detector: each pixel has its own noise. */
const frame = (pixels: number, bytes: Uint8Array): Reply | null => {
  const counts = new Float64Array(pixels)
  const first = word(bytes, 4)
  let alike = first < FULL_SCALE
  for (let i = 0, at = 4; i < pixels; i++, at += 2) {
    const count = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)
    counts[i] = count
    if (count !== first) alike = false
  }
  return alike ? null : { kind: 'frame', counts }
}
