/** Descriptor types and offsets of USB 2.0, tables 9-5, 9-12 and 9-13. */
const CONFIGURATION = 2
const INTERFACE = 4
const ENDPOINT = 5
const PACKET_BYTES = 0x07ff

/**
 * Largest packet in bytes of each endpoint (address with its direction bit) of interface 0, setting 0, of the first configuration.
 * `descriptors`: the device descriptor and what follows it, as sysfs and usbfs give them. A damaged tail ends the search.
 */
export const packetBytesByEndpoint = (descriptors: Uint8Array): ReadonlyMap<number, number> => {
  const found = new Map<number, number>()
  let configurations = 0
  let inside = false
  for (let at = 0; at + 2 <= descriptors.length; ) {
    const length = descriptors[at] ?? 0
    const [, type, third = 0, fourth = 0, low = 0, high = 0] = descriptors.subarray(at, at + length)
    if (length < 2) break
    if (type === CONFIGURATION) configurations++
    if (configurations > 1) break
    if (type === INTERFACE) inside = third === 0 && fourth === 0
    if (type === ENDPOINT && inside) found.set(third, (low | (high << 8)) & PACKET_BYTES)
    at += length
  }
  return found
}
