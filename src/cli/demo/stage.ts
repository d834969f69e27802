import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import type { Captured } from '../../emulation/contract.js'
import { hostTcp } from '../../emulation/host-tcp.js'
import { createLightPath, type LightPath } from '../../emulation/light-path.js'
import { readBundle } from '../../models/bundle.js'
import { readBundleFile } from '../../models/load.js'
import type { Manifest } from '../../models/manifest.js'
import type { Axis } from '../../spectrum/axis.js'
import { systemClock } from '../../system-clock.js'
import { PIXELS, type Subjects } from './subjects.js'

/** Microseconds of exposure, and milliseconds between two measurements: exposure, read-out and a breath. */
export const INTEGRATION_US = 100_000
export const INTERVAL_MS = 250
/** Optical density of the filter before the white: without it a bare white would saturate at the exposure that a tablet needs. */
export const WHITE_DENSITY = 2.3
export const INSTRUMENT = 'chromation-demo'
export const AGENT = 'demo'

/** What the bundle expects of an instrument. @throws Failure BUNDLE_INVALID naming the file. */
export const inputOf = async (bundleFile: string): Promise<Manifest['input']> =>
  readBundle(await readBundleFile(bundleFile), bundleFile).manifest.input

/** The emulated instrument on a free TCP port of this machine. Serves an agent of another process as a real one would. */
export const hostInstrument = async (
  seed: number,
  onCaptured: (captured: Captured) => void,
): Promise<{ light: LightPath; url: string; close(): Promise<void> }> => {
  const { createEmulator } = await import('../../../drivers/chromation/emulator.js')
  const light = createLightPath()
  const end = createEmulator({ scene: light, clock: systemClock, seed, onCaptured })
  const { url, close } = await hostTcp(end, { port: 0 })
  return { light, url, close }
}

interface Staged {
  readonly brokerUrl: string
  readonly instrumentUrl: string
  readonly bundleFile: string
  readonly axis: Axis
  readonly quantity: 'transmittance' | 'reflectance'
  /** Seconds after which the dark expires. */
  readonly darkMaxAgeS: number
}

/** Writes the configuration and the axis file of the demo; the same that a user would write. */
export const writeConfig = (folder: string, { brokerUrl, instrumentUrl, bundleFile, axis, quantity, darkMaxAgeS }: Staged): string => {
  const header = { wavelength: 'wavelength_nm', wavenumber: 'wavenumber_cm-1', 'raman-shift': 'raman-shift_cm-1', pixel: 'pixel' }[axis.kind]
  writeFileSync(join(folder, 'axis.csv'), [`# emulated: ${PIXELS} pixels of the demo`, header, ...axis.values, ''].join('\n'))
  const file = join(folder, 'config.yaml')
  const instrument = {
    link: instrumentUrl,
    family: 'chromation',
    id: INSTRUMENT,
    axis: 'axis.csv',
    quantity,
    integrationUs: INTEGRATION_US,
    trigger: { intervalMs: INTERVAL_MS },
    references: { darkMaxAgeS },
  }
  writeFileSync(
    file,
    stringify({
      agent: { id: AGENT },
      mqtt: { url: brokerUrl },
      instruments: [instrument],
      models: { default: { bundle: bundleFile } },
      state: { directory: 'state' },
    }),
  )
  return file
}

/**
 * How much darker than the emulated lamp a set needs its light, as optical density: tablets let a thousandth through and need all
 * of it, a paper standard throws most back and would flood the detector.
 */
export const dimming = ({ brightest }: Subjects): number => Math.max(0, WHITE_DENSITY + Math.log10(Math.max(brightest, 1e-9)))
