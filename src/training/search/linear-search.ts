import type { Family, Setting, Subjects } from '../contract.js'
import type { Recipe } from '../recipe.js'
import type { ChainRows } from './chains.js'
import type { Repeat } from './folds.js'
import { benchesOf, type Nested, nestedOf } from './nested.js'
import { meanAndSpread, simplestOfBest } from './score.js'

/**
 * Candidates that go beyond the first repeat, where there are more: the others are so far behind that repeats would not bring them back.
 * They are chosen by the errors of one repeat, a slight look ahead that the figure of the whole procedure shares; it is small because
 * the choice among those that stay is made anew in every fold.
 */
export const KEPT_CANDIDATES = 8

/** One chain with one family and what the repeats said of it. */
export interface Candidate {
  readonly chain: ChainRows
  readonly family: Family
  readonly repeats: readonly Nested[]
}

export interface LinearSearch {
  /** Best first. */
  readonly candidates: readonly Candidate[]
  /** By repeat: error of the whole procedure, in which each fold chose chain, family and setting without seeing itself, and its answers. */
  readonly procedure: readonly { readonly answers: Float64Array }[]
  readonly stoppedEarly: boolean
}

export interface LinearSearchTask {
  readonly chains: readonly ChainRows[]
  readonly families: readonly Family[]
  readonly subjects: Subjects
  readonly repeats: readonly Repeat[]
  readonly priors: Recipe['priors']
  tell(what: string, part: number): void
  /** Lets what waits have its turn; throws where the training was stopped at once. */
  turn(): Promise<void>
  /** Whether to finish with what is known. */
  enough(): boolean
}

/** All chains with all families once, the best of them in every repeat. */
export const searchLinear = async (task: LinearSearchTask): Promise<LinearSearch> => {
  const { chains, families, repeats, enough, tell } = task
  const found = new Map<string, { chain: ChainRows; family: Family; repeats: Nested[] }>()
  const benches = new Map(chains.map((chain) => [chain.name, benchesOf(chain)]))
  const rounds = repeats.length
  let stopped = false
  let kept = chains.flatMap((chain) => families.map((family) => ({ chain, family })))
  let doneFits = 0
  let allFits = 0
  for (const [r, repeat] of repeats.entries()) {
    const byChain = chains
      .map((chain) => ({ chain, own: kept.filter((one) => one.chain === chain).map(({ family }) => family) }))
      .filter(({ own }) => own.length > 0)
    allFits = doneFits + byChain.length * (rounds - r)
    for (const { chain, own } of byChain) {
      if (found.size > 0 && enough()) {
        stopped = true
        break
      }
      tell('linear models', doneFits / allFits)
      const benchOf = benches.get(chain.name)
      if (!benchOf) continue
      const nested = await nestedOf({ ...task, chain, families: own, repeat }, benchOf)
      for (const [family, outcome] of nested) {
        const key = `${chain.name} ${family}`
        const candidate = found.get(key) ?? { chain, family, repeats: [] }
        candidate.repeats.push(outcome)
        found.set(key, candidate)
      }
      doneFits++
    }
    if (stopped) break
    if (r === 0) {
      const order = [...found.values()].sort((a, b) => (a.repeats[0]?.criterion ?? 1) - (b.repeats[0]?.criterion ?? 1)).slice(0, KEPT_CANDIDATES)
      kept = kept.filter((one) => order.some(({ chain, family }) => chain === one.chain && family === one.family))
    }
  }
  const candidates = ranked([...found.values()])
  return { candidates, procedure: procedureOf(task, candidates), stoppedEarly: stopped }
}

/** Mean error over the repeats that a candidate went through. */
export const errorsOf = ({ repeats }: Candidate): { mean: number; sd: number } => meanAndSpread(repeats.map(({ error }) => error))

/** Mean of what it is ranked by. */
export const criterionOf = ({ repeats }: Candidate): number => meanAndSpread(repeats.map(({ criterion }) => criterion)).mean

/** Those with most repeats first, and among them by their mean criterion: one lucky repeat must not beat five. */
const ranked = (candidates: readonly Candidate[]): readonly Candidate[] =>
  [...candidates].sort((a, b) => b.repeats.length - a.repeats.length || criterionOf(a) - criterionOf(b))

/** Linear before all else; then fewer steps, families in the order PLS, Ridge, PCA-LDA, and the simpler setting. */
export const bySimplicity = (a: Candidate, b: Candidate): number => a.chain.steps - b.chain.steps || order.indexOf(a.family) - order.indexOf(b.family)

const order: readonly Family[] = ['pls', 'ridge', 'pca-lda']

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

/** The figure of choosing itself: in each fold the candidate that is best without it answers. Only repeats that all kept candidates went through count. */
const procedureOf = ({ repeats, subjects }: LinearSearchTask, candidates: readonly Candidate[]): readonly { answers: Float64Array }[] => {
  const most = Math.max(0, ...candidates.map((candidate) => candidate.repeats.length))
  const running = candidates.filter((candidate) => candidate.repeats.length === most).sort(bySimplicity)
  return repeats.slice(0, most).map((repeat, r) => {
    const answers = new Float64Array(subjects.truth.length).fill(Number.NaN)
    // In the first repeat every candidate was there to be chosen.
    const choice = r === 0 ? [...candidates].sort(bySimplicity) : running
    repeat.outer.forEach(({ test }, f) => {
      const best = choice[simplestOfBest(choice.map((candidate) => candidate.repeats[r]?.innerCriteria[f] ?? Number.POSITIVE_INFINITY))]
      for (const n of test) answers[n] = best?.repeats[r]?.answers[n] ?? Number.NaN
    })
    return { answers }
  })
}
