import type { UsbEnd } from './contract.js'

/** A control transfer as a host sees it: bytes of IN, null for an accepted OUT, 'stall'. */
export type ControlAnswer = Uint8Array | null | 'stall'

const GET_STATUS = 0
const GET_DESCRIPTOR = 6
const GET_CONFIGURATION = 8
const SET_CONFIGURATION = 9
const GET_INTERFACE = 10
const SET_INTERFACE = 11
const ENGLISH = [4, 3, 0x09, 0x04]

/**
 * Endpoint 0 of an emulated instrument: the standard requests that every device answers alike (USB 2.0, chapter 9.4); all others go
 * to the instrument itself. One for each time that a host takes the device over.
 */
export const createControl = (end: UsbEnd): ((setup: Uint8Array, data: Uint8Array) => ControlAnswer) => {
  let configuration = 0
  return (setup, data) => {
    const [requestType = 0, request, low = 0, high = 0] = setup
    const length = (setup[6] ?? 0) | ((setup[7] ?? 0) << 8)
    const isIn = (requestType & 0x80) !== 0
    const answer = (bytes: Iterable<number>) => Uint8Array.from(bytes).subarray(0, length)
    if ((requestType & 0x60) === 0) {
      if (isIn && request === GET_DESCRIPTOR) return descriptor(end, high, low, length)
      if (isIn && request === GET_CONFIGURATION) return answer([configuration])
      if (isIn && request === GET_STATUS) return answer([0, 0])
      if (isIn && request === GET_INTERFACE) return answer([0])
      if (!isIn && request === SET_INTERFACE) return low === 0 && high === 0 ? null : 'stall'
      if (!isIn && request === SET_CONFIGURATION) {
        if (low !== 0 && low !== end.configurationDescriptor[5]) return 'stall'
        configuration = low
        return null
      }
    }
    const own = end.control(setup, data)
    return own instanceof Uint8Array ? own.subarray(0, length) : own
  }
}

const descriptor = (end: UsbEnd, type: number, index: number, length: number): ControlAnswer => {
  if (type === 1) return end.deviceDescriptor.subarray(0, length)
  if (type === 2 && index === 0) return end.configurationDescriptor.subarray(0, length)
  if (type !== 3) return 'stall'
  if (index === 0) return Uint8Array.from(ENGLISH).subarray(0, length)
  const text = end.strings[index]
  if (text === undefined) return 'stall'
  const letters = Buffer.from(text, 'utf16le')
  return Uint8Array.of(letters.length + 2, 3, ...letters).subarray(0, length)
}
