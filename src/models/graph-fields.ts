import { Failure } from '../failures.js'

/** One field of a protobuf message: a number (wire type 0, signed 64 bit), or bytes (wire type 2), or four bytes (wire type 5). */
export interface Field {
  readonly field: number
  readonly value: bigint | Uint8Array
  readonly wire: 0 | 2 | 5
}

/** Fields that one message holds at most: what is larger is no model, but a way to keep the reader busy. */
const MAX_FIELDS = 65_536
/** Bytes of a number (protobuf, "Encoding": base 128 varints of 64 bits). */
const MAX_VARINT_BYTES = 10

/**
 * The fields of a protobuf message in their order, as views. Groups and eight-byte values do not occur in ONNX graphs of ours.
 * @throws Failure BUNDLE_INVALID for bytes that are no such message
 */
export const readFields = (bytes: Uint8Array, where: string): readonly Field[] => {
  const found: Field[] = []
  let at = 0
  const damaged = (seen: string): Failure => new Failure('BUNDLE_INVALID', { where: `${where} at byte ${at}`, seen, allowed: 'an ONNX graph' })
  const varint = (): bigint => {
    let value = 0n
    for (let i = 0; i < MAX_VARINT_BYTES; i++) {
      const byte = bytes[at++]
      if (byte === undefined) throw damaged('the end within a number')
      value |= BigInt(byte & 127) << BigInt(7 * i)
      if (byte < 128) return value
    }
    throw damaged('a number of more than ten bytes')
  }
  const take = (length: bigint | number): Uint8Array => {
    if (BigInt(length) > BigInt(bytes.length - at)) throw damaged(`${length} bytes where ${bytes.length - at} are left`)
    const part = bytes.subarray(at, at + Number(length))
    at += Number(length)
    return part
  }
  while (at < bytes.length) {
    if (found.length === MAX_FIELDS) throw damaged('one more field')
    const key = varint()
    const field = Number(key >> 3n)
    const wire = Number(key & 7n)
    if (wire === 0) found.push({ field, wire, value: BigInt.asIntN(64, varint()) })
    else if (wire === 2) found.push({ field, wire, value: take(varint()) })
    else if (wire === 5) found.push({ field, wire, value: take(4) })
    else throw damaged(`a field of wire type ${wire}`)
  }
  return found
}
