import { createHash } from 'node:crypto'
import type { AnyReply, Capture, Family } from './families.js'

/** How the port cuts a capture: once at each place of a short one, at a hundred places of a long one, and byte by byte. */
export const cutsOf = (bytes: Uint8Array): readonly (readonly Uint8Array[])[] => {
  const step = Math.max(1, Math.floor(bytes.length / 100))
  const places = Array.from({ length: Math.floor(bytes.length / step) + 1 }, (_, i) => i * step)
  return [...places.map((at) => [bytes.subarray(0, at), bytes.subarray(at)]), Array.from(bytes, (_, i) => bytes.subarray(i, i + 1))]
}

export interface Books {
  readonly replies: readonly unknown[]
  readonly refused: Readonly<Record<string, number>>
  readonly held: number
  readonly total: number
}

/** What a codec made of pieces, as plain data: runs of refused bytes may be cut differently, their sums may not. */
export const decode = ({ createCodec }: Family, { expect }: Pick<Capture, 'expect'>, pieces: readonly Uint8Array[]): Books => {
  const codec = createCodec()
  codec.expect(expect)
  const decoded = pieces.flatMap((piece) => codec.push(piece))
  const refused: Record<string, number> = {}
  for (const one of decoded) if (one.kind === 'refused') refused[one.why] = (refused[one.why] ?? 0) + one.bytes
  const replies = decoded.flatMap((one) => (one.kind === 'reply' ? [plain(one.reply)] : []))
  return { replies, refused, held: codec.held, total: decoded.reduce((sum, { bytes }) => sum + bytes, codec.held) }
}

/** Plain data, and short: counts become their number and a digest, because a test's report of thousands of differences takes minutes. */
export const plain = ({ counts, ...rest }: AnyReply): unknown => {
  const short = counts ? { counts: `${counts.length} with ${createHash('sha256').update(Array.from(counts).join()).digest('hex').slice(0, 12)}` } : {}
  return JSON.parse(JSON.stringify({ ...rest, ...short }, (_, value) => (value instanceof Uint8Array ? Array.from(value) : value)))
}
