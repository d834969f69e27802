import { Failure } from '../../src/failures.js'
import type { DriverContext } from '../../src/instruments/contract.js'
import type { Clock } from '../../src/spectrum/clock.js'
import type { Request } from './codec.js'
import type { OoiRow } from './description.js'
import { ENDPOINTS, type Transfers } from './transfers.js'

/** The read is posted this long before the exposure can be over, so that a frame that came too soon shows by its time; milliseconds. */
const LEAD_MS = 20
/** Bytes of a split spectrum that come first, on their own endpoint (section 5b). */
const FIRST_HALF_BYTES = 2048
/** Packets of this size mean full speed: nothing is split. */
const FULL_SPEED_PACKET_BYTES = 64
/** Asked for when what comes is to be thrown away. */
const ANY_BYTES = 8192

export interface Taken {
  readonly counts: Float64Array
  /** Monotonic milliseconds before the request, and when the last byte came. */
  readonly startMs: number
  readonly endMs: number
}

export interface Readout {
  /** One spectrum: asks, sleeps, reads. @throws Failure DEADLINE after `budgetMs`, BAD_FRAME, PORT_GONE, ABORTED. */
  take(exposureMs: number, budgetMs: number, signal: AbortSignal | undefined): Promise<Taken>
  /** The frame was too soon to be the one that was asked for: counted, and the true one may still come for so long. */
  distrust(untilMs: number): void
  /** After an abort or trouble: waits for the frame that is owed, then empties the endpoints. Resolves to whether it was needed. */
  recover(signal?: AbortSignal): Promise<boolean>
}

interface Part {
  readonly endpoint: number
  readonly bytes: number
  /** A multiple of the packet size: a packet too many must not overflow the transfer. */
  readonly ask: number
}

export const inputsOf = ({ wire }: OoiRow, packetBytes: number): readonly number[] =>
  wire.split && packetBytes > FULL_SPEED_PACKET_BYTES
    ? [ENDPOINTS.firstHalf, ENDPOINTS.spectrum, ENDPOINTS.reply]
    : [ENDPOINTS.spectrum, ENDPOINTS.reply]

export const createReadout = (transfers: Transfers, row: OoiRow, packetBytes: number, where: string, context: DriverContext): Readout => {
  const { clock, badFrame } = context
  const request = spectrumRequest(row, packetBytes)
  const parts = partsOf(row, packetBytes, 2 * request.shape.slots + 1)
  let clean = true
  /** A frame that may still come; `counted`: its bytes are a bad frame's, not those of an abort. */
  let owed: { readonly untilMs: number; readonly counted: boolean } | null = null

  const readPart = async ({ endpoint, bytes, ask }: Part, untilMs: number, signal: AbortSignal | undefined): Promise<Float64Array | null> => {
    const part = await sliced(transfers, clock, endpoint, ask, untilMs, signal)
    // Whatever has come has come: from here on no frame is owed.
    owed = null
    if (!part) throw new Failure('DEADLINE', { where, seen: `no spectrum on endpoint 0x${endpoint.toString(16)}` })
    const counts = transfers.frame(part)
    if (part.length !== bytes) throw transfers.refuse('length', `${part.length} of ${bytes} bytes of a spectrum`)
    return counts
  }
  return {
    async take(exposureMs, budgetMs, signal) {
      if (signal?.aborted) throw new Failure('ABORTED', { where })
      clean = false
      const startMs = clock.monotonicMs()
      const untilMs = startMs + budgetMs
      await transfers.tell(request)
      owed = { untilMs, counted: false }
      if (exposureMs > LEAD_MS) await clock.sleep(exposureMs - LEAD_MS, signal)
      let counts: Float64Array | null = null
      for (const part of parts) counts = await readPart(part, untilMs, signal)
      if (!counts) throw transfers.refuse('length', 'less than a spectrum')
      clean = true
      return { counts, startMs, endMs: clock.monotonicMs() }
    },
    distrust(untilMs) {
      badFrame('sync', 2 * request.shape.slots + 1)
      clean = false
      owed = { untilMs, counted: true }
    },
    async recover(signal) {
      const cameSince = (await transfers.idle()) > 0
      if (clean) return false
      const counted = owed?.counted ?? true
      const [first] = parts
      const late = owed && first && !cameSince ? await sliced(transfers, clock, first.endpoint, ANY_BYTES, owed.untilMs, signal) : null
      owed = null
      const left = (late?.length ?? 0) + (await transfers.drain())
      if (left > 0 && counted) badFrame('sync', left)
      clean = true
      return true
    },
  }
}

/** The first transfer that brings something, in slices, until the time is over; null when nothing came. */
const sliced = async (transfers: Transfers, clock: Clock, endpoint: number, bytes: number, untilMs: number, signal: AbortSignal | undefined) => {
  for (;;) {
    const part = await transfers.slice(endpoint, bytes, signal)
    if (part || clock.monotonicMs() >= untilMs) return part
  }
}

const spectrumRequest = ({ wire, pixels, fullScale }: OoiRow, packetBytes: number): Extract<Request, { kind: 'spectrum' }> => {
  const slots = packetBytes > FULL_SPEED_PACKET_BYTES ? wire.slots : (wire.slotsFullSpeed ?? wire.slots)
  // The largest number of the converter's bits; full scale may be lower.
  const maxCount = 2 ** Math.ceil(Math.log2(fullScale + 1)) - 1
  return { kind: 'spectrum', shape: { slots, pixels, flip: wire.flip, maxCount } }
}

const partsOf = ({ wire }: OoiRow, packetBytes: number, total: number): readonly Part[] => {
  const whole = (bytes: number) => Math.ceil(bytes / packetBytes) * packetBytes
  if (!wire.split || packetBytes <= FULL_SPEED_PACKET_BYTES) return [{ endpoint: ENDPOINTS.spectrum, bytes: total, ask: whole(total) }]
  const rest = total - FIRST_HALF_BYTES
  return [
    { endpoint: ENDPOINTS.firstHalf, bytes: FIRST_HALF_BYTES, ask: FIRST_HALF_BYTES },
    { endpoint: ENDPOINTS.spectrum, bytes: rest, ask: whole(rest) },
  ]
}
