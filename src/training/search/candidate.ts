import type { Family, Setting } from '../contract.js'
import type { ChainRows } from './chains.js'
import type { Nested } from './nested.js'
import { meanAndSpread, simplestOfBest } from './score.js'

/** One chain with one family and what the repeats said of it. */
export interface Candidate {
  readonly chain: ChainRows
  readonly family: Family
  /** Whether its criterion is that of classes by words. */
  readonly words: boolean
  readonly repeats: readonly Nested[]
}

/** Mean error over the repeats that a candidate went through. */
export const errorsOf = ({ repeats }: Candidate): { mean: number; sd: number } => meanAndSpread(repeats.map(({ error }) => error))

/** Mean of what it is ranked by. */
export const criterionOf = ({ repeats }: Candidate): number => meanAndSpread(repeats.map(({ criterion }) => criterion)).mean

/** The setting of the final model: the simplest within 2 % of the best over all repeats. */
export const finalSetting = ({ repeats }: Candidate): { index: number; setting: Setting } => {
  const offered = Math.min(...repeats.map(({ settings }) => settings.length))
  const means = Array.from(
    { length: offered },
    (_, s) => meanAndSpread(repeats.map(({ settingCriteria }) => settingCriteria[s] ?? Number.POSITIVE_INFINITY)).mean,
  )
  const index = Math.max(0, simplestOfBest(means))
  return { index, setting: repeats[0]?.settings[index] ?? { text: 'none', complexity: 0 } }
}
