import { Failure, isFailure } from '../../src/failures.js'
import type { AcquisitionSettings, Applied, CreateDriver, Driver, DriverContext } from '../../src/instruments/contract.js'
import type { StreamLink } from '../../src/links/contract.js'
import { encode, type Request } from './codec.js'
import { createConversation } from './conversation.js'
import { description } from './description.js'
import { createSensor } from './sensor.js'
import { appliedFrom, exposureUs, pixelsOf, type SensorState, sameState, wantedState } from './sensor-settings.js'

/** Milliseconds for a frame after its exposure: read-out (about 100, unconfirmed), and 1572 bytes at 115200 baud (137), with room. */
const READOUT_MS = 1000
/** Milliseconds of silence that must follow a frame that came in pieces: a byte too many may still be on its way. */
const GUARD_MS = 5
/** Milliseconds for putting the settings back at the end. */
const CLOSE_MS = 500
/** Milliseconds for the port to take each of the last two commands, whose replies nobody waits for. */
const LAST_WRITE_MS = 100
/** Two sums of the same times differ by less than this; milliseconds. */
const ROUNDING_MS = 0.001
/** Exposures of which the time of arrival says nothing, because any round trip takes as long; milliseconds. */
const UNTIMED_MS = 0.1

const [model] = description.models

export const createDriver: CreateDriver = (open, context) => {
  if (open.kind !== 'stream') throw new Failure('WRONG_INSTRUMENT', { where: open.where, seen: 'a USB device', allowed: 'a serial port' })
  return streamDriver(open.link, open.where, context)
}

/** What the caller wanted, and what was sent for it. */
interface Wish {
  readonly settings: AcquisitionSettings
  readonly sent: SensorState
}

const streamDriver = (link: StreamLink, where: string, context: DriverContext): Driver => {
  const talk = createConversation(link, where, context)
  const sensor = createSensor(talk, where, context)
  const { badFrame } = context
  let found: SensorState | null = null
  /** As the instrument last said; null while it is being changed, so that a change cut short is noticed. */
  let state: SensorState | null = null
  let wish: Wish | null = null
  let applied: Applied | null = null
  let capture: Request = { kind: 'capture', pixels: model.pixels }
  let exposureMs = 0
  let closing: Promise<void> | null = null

  const bring = async (now: SensorState, to: Wish, signal?: AbortSignal): Promise<Applied> => {
    wish = to
    state = null
    state = await sensor.bring(now, to.sent, signal)
    capture = { kind: 'capture', pixels: pixelsOf(state) }
    exposureMs = exposureUs(state) / 1000
    applied = appliedFrom(to.settings, to.sent, state)
    return applied
  }
  /** After trouble: a clean line, and the settings that frames are supposed to have. */
  const ready = async (signal?: AbortSignal): Promise<void> => {
    const drained = await talk.settle(signal)
    if (!drained && state) return
    const now = await sensor.probe(signal)
    if (wish) await bring(now, wish, signal)
  }
  const restore = async (signal: AbortSignal): Promise<void> => {
    if (!found || !wish || (state && sameState(state, found))) return
    try {
      await talk.settle(signal)
      await sensor.send(null, found, signal)
    } catch (error) {
      if (!isFailure(error, 'ABORTED')) throw error
      // In the middle of an exposure longer than there is time: the bridge keeps what is said now and does it when that is over.
      const { binning, gain, rows, cycles } = found
      await link.write(encode({ kind: 'set-config', binning, gain, rows }), LAST_WRITE_MS)
      await link.write(encode({ kind: 'set-exposure', cycles }), LAST_WRITE_MS)
    }
  }
  return {
    async identify() {
      const now = await sensor.probe()
      found ??= now
      const firmware = await sensor.hash()
      const { pixels: _, model: name, confidence: _confidence, ...limits } = model
      return { family: description.id, model: name, serial: null, firmware, axis: null, pixels: pixelsOf(now), linearity: null, ...limits }
    },
    async apply(settings) {
      await ready()
      const now = await sensor.read()
      return bring(now, { settings, sent: wantedState(settings, now, where) })
    },
    async acquire(signal) {
      if (!applied) throw new Failure('INVARIANT', { where, seen: 'acquire before apply' })
      if (!state || !talk.inStep()) await ready(signal)
      const { reply, bytes, sentMs, doneMs, pieces } = await talk.ask(capture, exposureMs + READOUT_MS, signal)
      if (reply.kind !== 'frame') throw sensor.unexpected(capture, reply, bytes)
      if (doneMs - sentMs < exposureMs - ROUNDING_MS && exposureMs > UNTIMED_MS) {
        badFrame('sync', bytes)
        talk.expectAnother(capture, sentMs + exposureMs + READOUT_MS)
        throw new Failure('STALE_FRAME', { where, seen: `a frame after ${doneMs - sentMs} ms`, allowed: `not before ${exposureMs} ms` })
      }
      if (pieces > 1 ? !(await talk.staysQuiet(GUARD_MS, signal)) : !talk.inStep()) {
        badFrame('length', bytes)
        throw new Failure('BAD_FRAME', { where, seen: 'bytes behind a whole frame' })
      }
      const exposureEndMs = Math.max(doneMs, sentMs + exposureMs + ROUNDING_MS)
      return { counts: reply.counts, applied, exposureStartMs: sentMs, exposureEndMs, temperatureC: null }
    },
    close() {
      closing ??= withinTime(restore, context).finally(talk.stop)
      return closing
    },
  }
}

/** Best effort: what is not done after CLOSE_MS, or fails, is left. */
const withinTime = async (work: (signal: AbortSignal) => Promise<void>, { clock }: DriverContext): Promise<void> => {
  const late = new AbortController()
  const done = new AbortController()
  clock.sleep(CLOSE_MS, done.signal).then(
    () => late.abort(),
    () => {},
  )
  await work(late.signal).catch(() => {})
  done.abort()
}
