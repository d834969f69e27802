import { Failure } from '../../src/failures.js'
import type { AcquisitionSettings, Applied, AppliedValue } from '../../src/instruments/contract.js'
import { CYCLES, MAX_PIXELS } from './codec.js'

/** What the instrument is set to, in its own numbers: cycles of 20 us, binning 0 or 1, gain code, bitmap of detector rows. */
export interface SensorState {
  readonly cycles: number
  readonly binning: number
  readonly gain: number
  readonly rows: number
}

/** Gain by its factor, as a configuration names it, and the code that the sensor has for it (protocols/serial-chromation "Framing"). */
const gainCodes: ReadonlyMap<number, number> = new Map([
  [1, 0x01],
  [2.5, 0x25],
  [4, 0x04],
  [5, 0x05],
])

/**
 * The state that these settings ask for; what they leave open stays as it is.
 * @throws Failure SETTING_REFUSED naming the setting and what is allowed.
 */
export const wantedState = (settings: AcquisitionSettings, now: SensorState, where: string): SensorState => {
  const { integrationUs, binning, gain } = settings
  const minUs = CYCLES.min * CYCLES.us
  const maxUs = CYCLES.max * CYCLES.us
  if (!(integrationUs >= minUs && integrationUs <= maxUs))
    throw refused(where, `an exposure of ${integrationUs} us`, `${minUs} to ${maxUs} us in steps of ${CYCLES.us} us`)
  if (binning !== null && binning !== 0 && binning !== 1) throw refused(where, `binning ${binning}`, '0 (784 pixels) or 1 (392 pixels)')
  const gainCode = gain === null ? now.gain : gainCodes.get(gain)
  if (gainCode === undefined) throw refused(where, `gain ${gain}`, `${[...gainCodes.keys()].join(', ')}`)
  return { cycles: Math.round(integrationUs / CYCLES.us), binning: binning ?? now.binning, gain: gainCode, rows: now.rows }
}

const refused = (where: string, seen: string, allowed: string) => new Failure('SETTING_REFUSED', { where, seen, allowed })

/** What was asked for, what was sent, and what the instrument says it has now. */
export const appliedFrom = (settings: AcquisitionSettings, sent: SensorState, readBack: SensorState): Applied => ({
  integrationUs: { requested: settings.integrationUs, rounded: exposureUs(sent), readBack: exposureUs(readBack) },
  gain: settings.gain === null ? null : value(settings.gain, gainOf(sent), gainOf(readBack)),
  binning: settings.binning === null ? null : value(settings.binning, sent.binning, readBack.binning),
  pixels: pixelsOf(readBack),
})

const value = (requested: number, rounded: number, readBack: number): AppliedValue => ({ requested, rounded, readBack })

const gainOf = ({ gain }: SensorState): number => [...gainCodes].find(([, code]) => code === gain)?.[0] ?? gain

export const exposureUs = ({ cycles }: SensorState): number => cycles * CYCLES.us

export const pixelsOf = ({ binning }: SensorState): number => (binning === 1 ? MAX_PIXELS / 2 : MAX_PIXELS)

export const sameConfig = (a: SensorState, b: SensorState): boolean => a.binning === b.binning && a.gain === b.gain && a.rows === b.rows

export const sameState = (a: SensorState, b: SensorState): boolean => a.cycles === b.cycles && sameConfig(a, b)
