import { Failure } from '../failures.js'
import type { OpenLink } from '../links/contract.js'
import type { Clock } from '../spectrum/clock.js'
import { chooseAxis } from './axis-choice.js'
import { readAxisFile } from './axis-file.js'
import type { Applied, BadFrameCause, Frame, Identity } from './contract.js'
import type { ExposurePlan } from './exposure.js'
import type { Family } from './families.js'
import { type HeldDriver, holdDriver } from './held-driver.js'
import { instrumentId } from './identity.js'
import type { Candidate, Place } from './locate.js'
import { openBounded } from './open-bounded.js'
import { isOwn } from './recognise.js'

/** Milliseconds for an instrument to say who it is, and to take its settings. */
export const IDENTIFY_LIMIT_MS = 30_000
export const APPLY_LIMIT_MS = 30_000
/** Milliseconds beyond its exposures in which a frame must be there, or the driver has hung. */
const FRAME_MARGIN_MS = 60_000

/** What the configuration wants of one instrument; the settings of an instrument have this shape. */
export interface Wanted extends Place {
  readonly id: string | null
  /** Absolute path of an axis file. */
  readonly axis: string | null
  readonly integrationUs: number
  readonly averages: number
  readonly gain: number | null
  readonly binning: number | null
}

/** `openPort` of src/links/open.ts, or another that keeps its contract. */
export type Open = (url: string, options: { baudRate?: number | undefined }) => Promise<OpenLink>

/** An instrument that is open, identified and set. */
export interface Session {
  readonly id: string
  readonly identity: Identity
  readonly applied: Applied
  readonly plan: ExposurePlan
  readonly held: HeldDriver
  acquire(signal: AbortSignal): Promise<Frame>
}

export interface Connecting {
  readonly candidate: Candidate
  readonly family: Family
  readonly wanted: Wanted
  readonly open: Open
  readonly clock: Clock
  /** The end of everything: whatever phase is on is cut short. */
  readonly signal: AbortSignal
  badFrame(cause: BadFrameCause, bytes: number): void
}

/**
 * Open, identify, apply, find the axis; closes again whatever it opened when one of them fails.
 * @throws the Failure of the step; WRONG_INSTRUMENT when another answers than is configured.
 */
export const connect = async ({ candidate, family, wanted, open, clock, signal, badFrame }: Connecting): Promise<Session> => {
  const { description } = family
  const createDriver = await family.driver()
  const link = await openBounded(() => open(candidate.url, { baudRate: description.baudRate }), candidate.url, clock, signal)
  const held = holdDriver(link, createDriver(link, { clock, badFrame }), clock)
  const cut = () => void held.close()
  signal.addEventListener('abort', cut, { once: true })
  try {
    const identity = await held.call(IDENTIFY_LIMIT_MS, (driver) => driver.identify())
    const serial = serialOf(identity, candidate, family)
    checkIdentity(identity, serial, candidate, description.id)
    const { integrationUs, gain, binning, averages } = wanted
    const applied = await held.call(APPLY_LIMIT_MS, (driver) => driver.apply({ integrationUs, gain, binning }))
    const appliedAtMs = clock.monotonicMs()
    const device = identity.axis && { axis: identity.axis, where: `the axis in ${candidate.url}` }
    const file = device === null && wanted.axis !== null ? { axis: (await readAxisFile(wanted.axis)).axis, where: wanted.axis } : null
    const { axis, flags } = chooseAxis(device, file, applied.pixels)
    const { rounded, readBack } = applied.integrationUs
    const frameLimitMs = FRAME_MARGIN_MS + (2 * (description.staleFrames + 2) * (readBack ?? rounded)) / 1000
    return {
      id: instrumentId({ family: description.id, serial, port: wanted.link, override: wanted.id }),
      identity,
      applied,
      plan: { where: candidate.url, identity, axis, flags, averages, appliedAtMs },
      held,
      acquire: (abort) => held.call(frameLimitMs, (driver, both) => driver.acquire(both), abort),
    }
  } catch (error) {
    await held.close()
    throw error
  } finally {
    signal.removeEventListener('abort', cut)
  }
}

/** Some protocols know no serial number, but the USB port of an instrument that is a family's own carries it. */
const serialOf = ({ serial }: Identity, { port }: Candidate, { description }: Family): string | null =>
  serial ?? (port !== null && isOwn(port, description) ? (port.serialNumber ?? null) : null)

const checkIdentity = (identity: Identity, serial: string | null, { url, port, serial: wanted }: Candidate, family: string): void => {
  if (identity.family !== family) throw new Failure('WRONG_INSTRUMENT', { where: url, seen: `family ${identity.family}`, allowed: family })
  if (wanted !== null && serial !== wanted && port?.serialNumber !== wanted)
    throw new Failure('WRONG_INSTRUMENT', {
      where: url,
      seen: serial === null ? 'no serial number' : `serial number ${serial}`,
      allowed: wanted,
      cure: 'plug in that instrument, or name the other one (or its port) in "link"',
    })
}
