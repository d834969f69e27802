import type { Reference } from '../spectrum/reference.js'

/** Weight of the newest reference: one bad white (a dirty tile) raises nothing by itself, two of a kind do. */
export const LEVEL_WEIGHT = 0.5
/** Part by which the level of lamp or dark may have changed since the first reference before that is told. */
export const MAX_LEVEL_CHANGE = 0.2

/** A dark has at least this mean in counts: below, a change of a count would be a change of many percent. */
const SMALLEST_DARK_COUNTS = 1

/**
 * How far lamp (white) or dark have drifted, as a part of the first reference: 0 is not at all, -0.3 is 30 % less. An exponentially weighted moving
 * average of the logarithm of the level, over all references that were taken under the settings of the newest. What is kept of them is all there is: after
 * 64 of a kind the first is one of the last 64.
 * @param references newest first, of one instrument, `newest` among them or not
 */
export const levelChange = (references: readonly Reference[], newest: Reference): number => {
  const logs = references.filter((reference) => alike(reference, newest)).map((reference) => Math.log(levelOf(reference)))
  const first = logs.at(-1) ?? 0
  return Math.exp(logs.reduceRight((average, log) => LEVEL_WEIGHT * log + (1 - LEVEL_WEIGHT) * average, first) - first) - 1
}

/** Same light path and electronics. The level of a white is per millisecond, so its exposure may differ. */
const alike = (one: Reference, other: Reference): boolean =>
  one.kind === other.kind &&
  one.axis === other.axis &&
  one.gain === other.gain &&
  one.binning === other.binning &&
  one.density === other.density &&
  (one.kind === 'white' ? one.dark !== null : one.integrationUs === other.integrationUs)

/** Mean counts of a dark, mean counts of light per millisecond of a white. */
const levelOf = ({ kind, counts, dark, integrationUs }: Reference): number =>
  kind === 'dark' ? Math.max(SMALLEST_DARK_COUNTS, mean(counts)) : ((mean(counts) - mean(dark?.counts ?? counts)) * 1000) / integrationUs

const mean = (counts: Float64Array): number => counts.reduce((sum, count) => sum + count, 0) / counts.length
