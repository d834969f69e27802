import type { EmulatorOptions } from '../../src/emulation/contract.js'
import type { FpgaModel } from './emulator-models.js'
import { createDetector, type Packet, spectrumPackets } from './emulator-spectrum.js'

/** Integration time, trigger and the exposures of one instrument. */
export interface Acquisition {
  /** In microseconds, as accepted: what the status shows, also while the next spectrum still carries the old one. */
  readonly integrationUs: number
  readonly trigger: number
  readonly exposing: boolean
  /** In the unit of the model; a value out of range is ignored without a word. */
  setIntegration(units: number): void
  setTrigger(mode: number): void
  request(): void
}

/** Power-on integration time in microseconds; the page gives none, 100 ms is legal on every model. */
const POWER_ON_US = 100_000
/** Requests kept while an exposure runs; more are ignored (our inference). */
const MAX_WAITING_REQUESTS = 1
/** Trigger modes that wait for a signal on a pin, which never comes here. */
const EXTERNAL_MODES: readonly number[] = [2, 3]

/**
 * An exposure begins when it is asked for and lasts the integration time that is then current. A new time is pending until one spectrum
 * has ended: the first spectrum after the command carries the old exposure.
 */
export const createAcquisition = (
  model: FpgaModel,
  speed: 'full' | 'high',
  options: EmulatorOptions,
  takeFault: (fault: 'stale' | 'silent' | 'saturate' | 'wrong-exposure') => boolean,
  send: (packets: readonly Packet[]) => void,
): Acquisition => {
  const { scene, clock, unpaced, onCaptured } = options
  const expose = createDetector(model, (speed === 'full' ? model.fullSpeedSlots : undefined) ?? model.slots, options)
  let currentUs = POWER_ON_US
  let pendingUs = POWER_ON_US
  let trigger = 0
  let exposing = false
  let waiting = 0
  let lastSpectrum: readonly Packet[] | null = null

  const start = (): void => {
    exposing = true
    const exposureMs = currentUs / 1000
    const { name, perMs } = scene.look(model.pixels)
    const finish = () => {
      onCaptured?.({ name, endMs: clock.wallMs() })
      currentUs = pendingUs
      exposing = false
      lastSpectrum = spectrumPackets(model, speed, expose(perMs, exposureMs, takeFault('saturate')))
      send(lastSpectrum)
      next()
    }
    if (unpaced) finish()
    else void clock.sleep(exposureMs).then(finish)
  }

  const next = (): void => {
    if (exposing || waiting === 0 || EXTERNAL_MODES.includes(trigger)) return
    waiting--
    start()
  }

  return {
    get integrationUs() {
      return pendingUs
    },
    get trigger() {
      return trigger
    },
    get exposing() {
      return exposing
    },
    setIntegration(units) {
      const wantedUs = model.unit === 'ms' ? units * 1000 : units
      if (wantedUs < model.minUs || wantedUs > model.maxUs) return
      const stepUs = wantedUs <= model.fineUntilUs ? model.fineStepUs : model.coarseStepUs
      const takenUs = wantedUs - (wantedUs % stepUs)
      pendingUs = takeFault('wrong-exposure') ? otherThan(model, takenUs) : takenUs
    },
    setTrigger(mode) {
      if (mode < model.triggerModes) trigger = mode
      next()
    },
    request() {
      if (lastSpectrum !== null && takeFault('stale')) send(lastSpectrum)
      else if (!takeFault('silent')) {
        waiting = Math.min(waiting + 1, MAX_WAITING_REQUESTS)
        next()
      }
    },
  }
}

/** A legal integration time that is far from the one that was set. */
const otherThan = ({ maxUs }: FpgaModel, us: number): number => (us * 2 <= maxUs ? us * 2 : us / 2)
