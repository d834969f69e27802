import { Failure } from '../../src/failures.js'
import type { AcquisitionSettings, Applied, CreateDriver, Driver, DriverContext } from '../../src/instruments/contract.js'
import type { UsbLink } from '../../src/links/contract.js'
import { description } from './description.js'
import { type Integration, integrationFor } from './integration.js'
import { type Opened, openSequence, rowsOf, type Status } from './open-sequence.js'
import { createReadout, inputsOf, type Readout, type Taken } from './readout.js'
import { createTransfers, ENDPOINTS, SLICE_MS } from './transfers.js'

/** Milliseconds added to two exposures, the longest that a free-running instrument takes (section 7). */
const MARGIN_MS = 1000
/** Milliseconds for putting the settings back at the end: a read that an abort left behind ends sooner. */
const CLOSE_MS = SLICE_MS + 50
/** Two sums of the same times differ by less than this; milliseconds. */
const ROUNDING_MS = 0.001
/** Trigger mode of a free-running instrument that answers each request. */
const FREE_RUNNING = 0

export const createDriver: CreateDriver = (open, context) => {
  if (open.kind !== 'usb') throw new Failure('WRONG_INSTRUMENT', { where: open.where, seen: 'a stream', allowed: 'a USB device' })
  return usbDriver(open.link, open.product, open.where, context)
}

/** What the caller wanted, and what was sent for it. */
interface Wish {
  readonly settings: AcquisitionSettings
  readonly sent: Integration
}

const usbDriver = (link: UsbLink, product: number, where: string, context: DriverContext): Driver => {
  const rows = rowsOf(product, where)
  const packetBytes = link.packetBytes(ENDPOINTS.spectrum)
  const transfers = createTransfers(link, inputsOf(rows[0], packetBytes), where, context)
  let opened: (Opened & { readonly readout: Readout }) | null = null
  let wish: Wish | null = null
  let applied: Applied | null = null
  /** Exposure that the frames have now, and that the frame under way may still have; milliseconds. */
  let exposureMs = 0
  let olderMs = 0
  /** Frames still to be thrown away since the exposure was changed. */
  let stale = 0
  let closing: Promise<void> | null = null

  const known = () => {
    if (!opened) throw new Failure('INVARIANT', { where, seen: 'a call before identify' })
    return opened
  }
  const status = (signal?: AbortSignal): Promise<Status> => transfers.ask({ kind: 'status' }, 'status', signal)
  /** A frame that may carry either exposure. */
  const throwAway = async (readout: Readout, signal?: AbortSignal): Promise<void> => {
    await readout.take(Math.min(olderMs, exposureMs), 2 * Math.max(olderMs, exposureMs) + MARGIN_MS, signal)
    stale = Math.max(0, stale - 1)
  }
  /** Sends the exposure, and believes the instrument on what it has now: an exposure it does not take is ignored in silence. */
  const bring = async (to: Wish, signal?: AbortSignal): Promise<Applied> => {
    const { readout, row } = known()
    wish = to
    applied = null
    olderMs = (await status(signal)).integrationUs / 1000
    await transfers.tell({ kind: 'set-trigger', mode: FREE_RUNNING })
    await transfers.tell({ kind: 'set-integration', value: to.sent.value })
    exposureMs = to.sent.us / 1000
    stale = description.staleFrames
    let now = await status(signal)
    if (now.integrationUs !== to.sent.us) {
      // It may say the old one until a frame has come with it.
      await throwAway(readout, signal)
      now = await status(signal)
    }
    exposureMs = now.integrationUs / 1000
    const integrationUs = { requested: to.settings.integrationUs, rounded: to.sent.us, readBack: now.integrationUs }
    applied = { integrationUs, gain: null, binning: null, pixels: row.pixels }
    return applied
  }
  const frame = async (readout: Readout, signal: AbortSignal): Promise<Taken> => {
    const budgetMs = 2 * exposureMs + MARGIN_MS
    const taken = await readout.take(exposureMs, budgetMs, signal)
    const tookMs = taken.endMs - taken.startMs
    if (tookMs >= exposureMs - ROUNDING_MS) return taken
    readout.distrust(taken.startMs + budgetMs)
    throw new Failure('STALE_FRAME', { where, seen: `a frame after ${tookMs} ms`, allowed: `not before ${exposureMs} ms` })
  }
  const restore = async (): Promise<void> => {
    await transfers.idle()
    if (!opened || !wish) return
    const { found, row } = opened
    await transfers.tell({ kind: 'set-integration', value: Math.round(found.integrationUs / row.wire.unitUs) })
    if (found.trigger !== FREE_RUNNING) await transfers.tell({ kind: 'set-trigger', mode: found.trigger })
  }
  return {
    async identify() {
      await transfers.idle()
      const { found, ...rest } = await openSequence(transfers, rows, context)
      opened = { ...rest, found: opened?.found ?? found, readout: createReadout(transfers, rest.row, packetBytes, where, context) }
      return rest.identity
    },
    async apply(settings) {
      const { readout, row } = known()
      const sent = integrationFor(settings, row, where)
      await readout.recover()
      return bring({ settings, sent })
    },
    async acquire(signal) {
      const { readout } = known()
      if (!wish) throw new Failure('INVARIANT', { where, seen: 'acquire before apply' })
      const inDoubt = (await readout.recover(signal)) && (await status(signal)).integrationUs / 1000 !== exposureMs
      const current = applied && !inDoubt ? applied : await bring(wish, signal)
      while (stale > 0) await throwAway(readout, signal)
      const { counts, startMs, endMs } = await frame(readout, signal)
      const exposureEndMs = Math.max(endMs, startMs + exposureMs + ROUNDING_MS)
      return { counts, applied: current, exposureStartMs: startMs, exposureEndMs, temperatureC: null }
    },
    close() {
      closing ??= withinTime(restore(), context)
      return closing
    },
  }
}

/** Best effort: what is not done after CLOSE_MS, or fails, is left. */
const withinTime = async (work: Promise<void>, { clock }: DriverContext): Promise<void> => {
  const done = new AbortController()
  const late = clock.sleep(CLOSE_MS, done.signal).catch(() => {})
  await Promise.race([work.catch(() => {}), late])
  done.abort()
}
