/** Weight of the newest value: the average remembers about the last twenty. */
export const DRIFT_WEIGHT = 0.1
/** Limits of the average, in its own standard deviations. */
export const DRIFT_LIMIT_SD = 3
/** Weight of the newest verdict of the gate: its share of refusals is one of about the last two hundred. */
export const REFUSED_WEIGHT = 0.01
/** Share of spectra that the gate may refuse before that is told. */
export const MAX_REFUSED_SHARE = 0.15
/** An alarm is cleared once its average is back within this part of its limit: at the limit itself it would come and go. */
export const CLEAR_AT = 2 / 3

/** ln T2, ln Q, or the share that the gate refuses. */
export type Drifting = 't2' | 'q' | 'refused'

/** An alarm that has just come up or gone. `average` and `limits` are of ln T2, ln Q, or a share. */
export interface DriftChange {
  readonly what: Drifting
  readonly raised: boolean
  readonly average: number
  readonly limits: readonly [number, number]
}

interface Spread {
  readonly mean: number
  readonly sd: number
}

/** T2 and Q of one spectrum, and whether the gate took it for something else. */
export interface Distance {
  readonly t2: number
  readonly q: number
  readonly foreign: boolean
}

/**
 * Control charts on the stream of one instrument behind one model: exponentially weighted moving averages (Roberts, Technometrics 1:239, 1959) of ln T2 and
 * ln Q against those of the training set. z = 0.1 x + 0.9 z, from the mean on, with limits at 3 sd sqrt(l / (2 - l)). They tell that the known no longer
 * look as they did, long before the gate refuses them. Only spectra that the gate knows count: one foreign object would raise both. What the gate refuses is
 * counted by itself: above 15 % of a long stream its limits, or what lies before the probe, are no longer what they were.
 * A stream is taken to be of many objects: one that lies before the probe for long raises an alarm where it is far from the mean, and truly so.
 * @param reference `gate.drift` of the bundle; null: the gate's refusals alone are watched.
 * @returns tells of each spectrum what changed with it; the array is empty, and always the same one, where nothing did.
 */
export const createDriftWatch = (reference: { readonly t2: Spread; readonly q: Spread } | null): ((seen: Distance) => readonly DriftChange[]) => {
  const refused = chart('refused', REFUSED_WEIGHT, 0, [0, MAX_REFUSED_SHARE])
  const t2 = reference && ofSpread('t2', reference.t2)
  const q = reference && ofSpread('q', reference.q)
  return ({ t2: distance, q: rest, foreign }) => {
    const changes = [refused(foreign ? 1 : 0), foreign ? null : t2?.(logarithm(distance)), foreign ? null : q?.(logarithm(rest))]
    return changes.some((change) => change) ? changes.flatMap((change) => change ?? []) : none
  }
}

const none: readonly DriftChange[] = []

/** A distance of exactly 0 has no logarithm; this far below anything measured it counts as very small. */
const SMALLEST_DISTANCE = 1e-12
const logarithm = (distance: number): number => Math.log(Math.max(SMALLEST_DISTANCE, distance))

const ofSpread = (what: Drifting, { mean, sd }: Spread) => {
  const reach = DRIFT_LIMIT_SD * sd * Math.sqrt(DRIFT_WEIGHT / (2 - DRIFT_WEIGHT))
  return chart(what, DRIFT_WEIGHT, mean, [mean - reach, mean + reach])
}

const chart = (what: Drifting, weight: number, centre: number, limits: readonly [number, number]) => {
  const [low, high] = limits
  const within = (part: number) => average >= centre + part * (low - centre) && average <= centre + part * (high - centre)
  let average = centre
  let raised = false
  return (x: number): DriftChange | null => {
    average = weight * x + (1 - weight) * average
    // Negated, so that a number that is none raises the alarm and does not clear it.
    const now = raised ? !within(CLEAR_AT) : !within(1)
    if (now === raised) return null
    raised = now
    return { what, raised, average, limits }
  }
}
