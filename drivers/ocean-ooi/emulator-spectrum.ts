import type { EmulatorOptions } from '../../src/emulation/contract.js'
import { exposeDetector } from '../../src/spectrum/detector.js'
import { deviateRing, seededRandom } from '../../src/spectrum/random.js'
import { SECOND_SPECTRUM_IN, SPECTRUM_IN, spectrumPacketBytes } from './emulator-descriptors.js'
import type { FpgaModel } from './emulator-models.js'

/** One packet on its way to the host. */
export interface Packet {
  readonly endpoint: typeof SPECTRUM_IN | typeof SECOND_SPECTRUM_IN
  readonly bytes: Uint8Array
}

export const SYNC = 0x69
/** Bytes that a 4K model sends by the second endpoint at high speed. */
const SPLIT_BYTES = 2048
/** Photo-electrons that make one count; our own choice for all models. */
const ELECTRONS_PER_COUNT = 4
/** Deviates kept for unpaced runs: a prime, so that no pixel sees the same noise twice in 65,537 spectra. */
const RING_LENGTH = 65_537

/** The detector of a model: light on the optical slots, dark level on the masked ones, zero on the filler. Gives one count a slot. */
export const createDetector = (model: FpgaModel, slots: number, { seed, unpaced, noiseCounts, darkCounts }: EmulatorOptions) => {
  const random = unpaced ? deviateRing(seededRandom(seed), RING_LENGTH) : seededRandom(seed)
  const detector = {
    fullScale: model.fullScale,
    darkCounts: darkCounts ?? model.darkCounts,
    readNoiseCounts: noiseCounts ?? model.noiseCounts,
    electronsPerCount: ELECTRONS_PER_COUNT,
  }
  const lit = new Float64Array(model.pixels)
  const pixels = new Float64Array(model.pixels)
  const counts = new Float64Array(slots)
  const [first, last] = model.optical
  return (perMs: Float64Array, exposureMs: number, saturate: boolean): Float64Array => {
    lit.set(perMs.subarray(first, last + 1), first)
    exposeDetector(detector, lit, exposureMs, random, pixels)
    if (saturate) pixels.fill(model.fullScale, first, last + 1)
    counts.set(pixels)
    return counts
  }
}

/**
 * A spectrum on the wire:  LL HH LL HH ... 69
 * - LL HH  one word a slot, little-endian, XORed with the model's fix
 * - 69     sync, in a packet of its own
 * Packets are 512 bytes at high speed, 64 at full speed.
 */
export const spectrumPackets = (model: FpgaModel, speed: 'full' | 'high', counts: Float64Array): readonly Packet[] => {
  const bytes = new Uint8Array(2 * counts.length)
  for (let i = 0; i < counts.length; i++) {
    const word = (counts[i] ?? 0) ^ model.wordFix
    bytes[2 * i] = word & 0xff
    bytes[2 * i + 1] = word >> 8
  }
  const packetBytes = spectrumPacketBytes(speed)
  const split = model.split4K && speed === 'high' ? SPLIT_BYTES : 0
  const packets: Packet[] = []
  for (let at = 0; at < bytes.length; at += packetBytes)
    packets.push({ endpoint: at < split ? SECOND_SPECTRUM_IN : SPECTRUM_IN, bytes: bytes.subarray(at, at + packetBytes) })
  return [...packets, { endpoint: SPECTRUM_IN, bytes: Uint8Array.of(SYNC) }]
}
