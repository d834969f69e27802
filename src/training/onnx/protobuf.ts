/**
 * The four encodings of Protocol Buffers that ONNX files need (protobuf.dev, "Encoding"): a key is `field << 3 | wire type`, then
 * the value. Repeated numbers are written one key each, as proto2 without `packed` has them. The same values give the same bytes.
 */
export const integer = (field: number, value: number | bigint): Uint8Array => join([key(field, 0), varint(BigInt(value))])

export const bytes = (field: number, value: Uint8Array): Uint8Array => join([key(field, 2), varint(BigInt(value.length)), value])

export const text = (field: number, value: string): Uint8Array => bytes(field, new TextEncoder().encode(value))

/** A message inside a message: its fields in the order given. */
export const message = (field: number, ...parts: readonly Uint8Array[]): Uint8Array => bytes(field, join(parts))

export const join = (parts: readonly Uint8Array[]): Uint8Array => {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}

const key = (field: number, wire: 0 | 2): Uint8Array => varint(BigInt((field << 3) | wire))

/** Seven bits a byte, lowest first; a negative number is its 64 bit two's complement, ten bytes. */
const varint = (value: bigint): Uint8Array => {
  const out: number[] = []
  let rest = BigInt.asUintN(64, value)
  while (rest > 127n) {
    out.push(Number(rest & 127n) | 128)
    rest >>= 7n
  }
  out.push(Number(rest))
  return Uint8Array.from(out)
}
