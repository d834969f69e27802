import type { Codec, Decoded } from '../../src/instruments/contract.js'

/** What a spectrum must look like: words before the sync byte, pixels kept of them, the XOR of each word, the largest count. */
export interface SpectrumShape {
  readonly slots: number
  readonly pixels: number
  readonly flip: number
  readonly maxCount: number
}

export type Request =
  | { readonly kind: 'initialise' }
  /** In the unit of the model: microseconds or milliseconds. */
  | { readonly kind: 'set-integration'; readonly value: number }
  | { readonly kind: 'set-trigger'; readonly mode: number }
  | { readonly kind: 'slot'; readonly slot: number }
  | { readonly kind: 'register'; readonly register: number }
  | { readonly kind: 'status' }
  | { readonly kind: 'spectrum'; readonly shape: SpectrumShape }

export type Reply =
  /** The 15 bytes of a configuration slot. */
  | { readonly kind: 'slot'; readonly data: Uint8Array }
  | { readonly kind: 'register'; readonly value: number }
  | { readonly kind: 'status'; readonly integrationUs: number; readonly trigger: number }
  | { readonly kind: 'frame'; readonly counts: Float64Array }

/** Register 4 of the FPGA holds the firmware version. */
export const FIRMWARE_REGISTER = 0x04

/** Last byte of a spectrum. */
const SYNC = 0x69
/** The largest spectrum: 3840 words and the sync byte. */
const MAX_SPECTRUM_BYTES = 2 * 3840 + 1
/** Flame-S answers this in place of the register (one source). */
const FLAME_REGISTER = 0xfe

const commands = {
  initialise: 0x01,
  'set-integration': 0x02,
  slot: 0x05,
  spectrum: 0x09,
  'set-trigger': 0x0a,
  register: 0x6b,
  status: 0xfe,
} as const

/** The only first bytes that this family ever sends: no slot is written (06), no lamp (03) or register (6A) is set. */
export const allowedCommands: readonly number[] = Object.values(commands)

/** One command:  CC AA ..   (CC command, AA arguments, little-endian; section 3) */
export const encode = (request: Request): Uint8Array => {
  const command = commands[request.kind]
  switch (request.kind) {
    case 'set-integration': {
      const { value } = request
      return Uint8Array.of(command, value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, (value >>> 24) & 0xff)
    }
    case 'set-trigger':
      return Uint8Array.of(command, request.mode & 0xff, request.mode >> 8)
    case 'slot':
      return Uint8Array.of(command, request.slot)
    case 'register':
      return Uint8Array.of(command, request.register)
    default:
      return Uint8Array.of(command)
  }
}

/** Bytes of the reply; 0 where a command has none. */
export const replyBytes = (request: Request): number => {
  if (request.kind === 'spectrum') return 2 * request.shape.slots + 1
  return { initialise: 0, 'set-integration': 0, 'set-trigger': 0, slot: 17, register: 3, status: 16 }[request.kind]
}

/**
 * One reply:
 * - slot      05 NN DD x 15            NN the slot that was asked for
 * - register  RR VV VV                 RR the register, or FE
 * - status    PP PP II II II II LL TT AA NN WW CC 00 00 SS 00   I exposure in us, T trigger mode
 * - spectrum  CC CC .. 69              counts, 16 bit; all multi-byte values little-endian
 */
export const createCodec = (): Codec<Request, Reply> => {
  const buffer = new Uint8Array(MAX_SPECTRUM_BYTES)
  let question: Request | null = null
  let held = 0
  return {
    get held() {
      return held
    },
    expect(request) {
      question = replyBytes(request) > 0 ? request : null
      held = 0
    },
    push(part) {
      const out: Decoded<Reply>[] = []
      const piece = question ? part.subarray(0, replyBytes(question) - held) : part.subarray(0, 0)
      buffer.set(piece, held)
      held += piece.length
      if (question && held === replyBytes(question)) {
        out.push(decode(question, buffer.subarray(0, held)))
        question = null
        held = 0
      }
      if (piece.length < part.length) out.push({ kind: 'refused', why: 'sync', bytes: part.length - piece.length })
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

const decode = (asked: Request, bytes: Uint8Array): Decoded<Reply> => {
  const refused = (why: 'sync' | 'implausible'): Decoded<Reply> => ({ kind: 'refused', why, bytes: bytes.length })
  const replied = (reply: Reply): Decoded<Reply> => ({ kind: 'reply', bytes: bytes.length, reply })
  const [first = 0, second = 0, third = 0] = bytes
  switch (asked.kind) {
    case 'slot':
      return first === commands.slot && second === asked.slot ? replied({ kind: 'slot', data: bytes.slice(2) }) : refused('sync')
    case 'register':
      if (first !== asked.register && first !== FLAME_REGISTER) return refused('sync')
      return replied({ kind: 'register', value: second | (third << 8) })
    case 'status': {
      const integrationUs = new DataView(bytes.buffer, bytes.byteOffset).getUint32(2, true)
      return integrationUs === 0 ? refused('implausible') : replied({ kind: 'status', integrationUs, trigger: bytes[7] ?? 0 })
    }
    case 'spectrum': {
      if (bytes[bytes.length - 1] !== SYNC) return refused('sync')
      const counts = countsOf(asked.shape, bytes)
      return counts ? replied({ kind: 'frame', counts }) : refused('implausible')
    }
    default:
      return refused('sync')
  }
}

/** Null where a count is above what the converter has, or where all are alike below that: no detector gives either. */
const countsOf = ({ pixels, flip, maxCount }: SpectrumShape, bytes: Uint8Array): Float64Array | null => {
  const counts = new Float64Array(pixels)
  let smallest = maxCount
  let largest = 0
  for (let i = 0, at = 0; i < pixels; i++, at += 2) {
    const count = ((bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8)) ^ flip
    counts[i] = count
    if (count < smallest) smallest = count
    if (count > largest) largest = count
  }
  return largest > maxCount || smallest === largest ? null : counts
}
