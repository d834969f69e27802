import type { Family, Finding, Subjects } from '../contract.js'
import type { Recipe } from '../recipe.js'
import { type Candidate, criterionOf } from './candidate.js'
import type { ChainRows } from './chains.js'
import type { Repeat } from './folds.js'
import { KERNEL_CHAINS, offerOf } from './kernel-offer.js'
import { benchesOf, type Nested, nestedOf } from './nested.js'
import { preferred } from './preference.js'
import { isWords } from './score.js'

/**
 * Candidates that go beyond the first repeat, where there are more: the others are so far behind that repeats would not bring them back.
 * They are chosen by the errors of one repeat, a slight look ahead that the figure of the whole procedure shares; it is small because
 * the choice among those that stay is made anew in every fold.
 */
export const KEPT_CANDIDATES = 8
export const KEPT_KERNELS = 2

export interface LinearSearch {
  /** Best first. */
  readonly candidates: readonly Candidate[]
  /** By repeat: error of the whole procedure, in which each fold chose chain, family and setting without seeing itself, and its answers. */
  readonly procedure: readonly { readonly answers: Float64Array }[]
  /** What was asked for and not tried. */
  readonly findings: readonly Finding[]
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

/** All chains with all linear families once, kernel Ridge behind the best of them, and the best of all in every repeat. */
export const searchLinear = async (task: LinearSearchTask): Promise<LinearSearch> => {
  const { chains, repeats, subjects, enough, tell } = task
  const { linear, kernel, findings } = offerOf(task.families, subjects, chains)
  const found = new Map<string, { chain: ChainRows; family: Family; words: boolean; repeats: Nested[] }>()
  const benches = new Map(chains.map((chain) => [chain.name, benchesOf(chain)]))
  const words = isWords(subjects)
  let stopped = false
  let done = 0
  /** One repeat of some pairs; `after` counts the fits that are still to come, about. */
  const round = async (repeat: Repeat, pairs: readonly Pair[], after: number): Promise<void> => {
    const byChain = chains
      .map((chain) => ({ chain, own: pairs.filter((one) => one.chain === chain).map(({ family }) => family) }))
      .filter(({ own }) => own.length > 0)
    const all = done + byChain.length + after
    for (const { chain, own } of byChain) {
      stopped ||= found.size > 0 && enough()
      const benchOf = benches.get(chain.name)
      if (stopped || !benchOf) return
      tell('linear models', done / all)
      const nested = await nestedOf({ ...task, chain, families: own, repeat }, benchOf)
      for (const [family, outcome] of nested) {
        const key = `${chain.name} ${family}`
        const candidate = found.get(key) ?? { chain, family, words, repeats: [] }
        candidate.repeats.push(outcome)
        found.set(key, candidate)
      }
      done++
    }
  }
  let kept: readonly Pair[] = []
  for (const [r, repeat] of repeats.entries()) {
    const left = repeats.length - r - 1
    if (r > 0) await round(repeat, kept, kept.length * left)
    else {
      const alone = linear.length === 0
      await round(repeat, pairsOf(chains, alone ? task.families : linear), (kernel ? KERNEL_CHAINS : 0) + KEPT_CANDIDATES * left)
      if (kernel && !alone && !stopped) {
        const best = [...new Set(ranked([...found.values()]).map(({ chain }) => chain))].slice(0, KERNEL_CHAINS)
        await round(repeat, pairsOf(best, ['kernel-ridge']), KEPT_CANDIDATES * left)
      }
      const all = ranked([...found.values()])
      kept = [
        ...all.filter(({ family }) => family !== 'kernel-ridge').slice(0, KEPT_CANDIDATES),
        ...all.filter(({ family }) => family === 'kernel-ridge').slice(0, KEPT_KERNELS),
      ]
    }
    if (stopped) break
  }
  const candidates = ranked([...found.values()])
  return { candidates, procedure: procedureOf(task, candidates), findings, stoppedEarly: stopped }
}

type Pair = Pick<Candidate, 'chain' | 'family'>

const pairsOf = (chains: readonly ChainRows[], families: readonly Family[]): readonly Pair[] =>
  chains.flatMap((chain) => families.map((family) => ({ chain, family })))

/** Those with most repeats first, and among them by their mean criterion: one lucky repeat must not beat five. */
const ranked = (candidates: readonly Candidate[]): readonly Candidate[] =>
  [...candidates].sort((a, b) => b.repeats.length - a.repeats.length || criterionOf(a) - criterionOf(b))

/** The figure of choosing itself: in each fold the candidate that is best without it answers. Only repeats that all kept candidates went through count. */
const procedureOf = ({ repeats, subjects }: LinearSearchTask, candidates: readonly Candidate[]): readonly { answers: Float64Array }[] => {
  const most = Math.max(0, ...candidates.map((candidate) => candidate.repeats.length))
  const running = candidates.filter((candidate) => candidate.repeats.length === most)
  return repeats.slice(0, most).map((repeat, r) => {
    const answers = new Float64Array(subjects.truth.length).fill(Number.NaN)
    // In the first repeat every candidate was there to be chosen.
    const choice = r === 0 ? candidates : running
    repeat.outer.forEach(({ test }, f) => {
      const best = preferred(choice, (candidate) => candidate.repeats[r]?.innerCriteria[f] ?? Number.POSITIVE_INFINITY)
      for (const n of test) answers[n] = best?.repeats[r]?.answers[n] ?? Number.NaN
    })
    return { answers }
  })
}
