import type { ModelRow } from '../../instruments/contract.js'
import { LAMP_PER_MS } from '../../spectrum/detector.js'

/** What the configuration would have by itself; microseconds. */
const USUAL_US = 100_000
/** Shares of full scale between which an exposure is good, that one is chosen for, and that the white may have. */
const GOOD = { least: 0.05, most: 0.8 } as const
const AIM = 0.6
const WHITE_MOST = 0.7

/** With what the samples before the emulated lamp can be measured: exposure in microseconds, and the optical density of a filter before the white. */
export interface Advice {
  readonly integrationUs: number
  readonly density: number
}

/**
 * Dark samples need all the light of a long exposure, in which a bare white would saturate; bright ones a short exposure.
 * @param brightest ratio of the brightest pixel to the bare lamp
 */
export const adviceFor = (brightest: number, { fullScale, integrationUs: limits }: ModelRow): Advice => {
  const perUs = (LAMP_PER_MS / 1000 / fullScale) * Math.max(brightest, 1e-9)
  const usual = USUAL_US * perUs
  const wanted = usual >= GOOD.least && usual <= GOOD.most ? USUAL_US : AIM / perUs
  const integrationUs = stepped(Math.min(limits.max, Math.max(limits.min, wanted)), limits)
  const bare = ((LAMP_PER_MS / 1000) * integrationUs) / fullScale
  return { integrationUs, density: Math.max(0, Math.ceil(10 * Math.log10(bare / WHITE_MOST)) / 10) }
}

/** Two digits and zeros, at a whole step of the instrument. */
const stepped = (us: number, { min, step }: ModelRow['integrationUs']): number => Math.max(min, Math.floor(Number(us.toPrecision(2)) / step) * step)
