import { setImmediate as nextTurn } from 'node:timers/promises'
import { asFailure, Failure, isFailure } from '../../failures.js'
import { seededRandom } from '../../spectrum/random.js'
import type { Family, Finding } from '../contract.js'
import type { Material } from '../material.js'
import type { Recipe } from '../recipe.js'
import type { Candidate } from './candidate.js'
import { behindShare, bestLinear, networkWins } from './choose.js'
import { planRepeats, type Repeat } from './folds.js'
import type { LinearSearch } from './linear-search.js'
import { benchesOf, type Nested, nestedOf } from './nested.js'
import {
  classOfAnswer,
  crossValidateNetwork,
  FEW_FOLDS,
  FEW_FOLDS_FROM,
  MIN_NETWORK_CHANNELS,
  MIN_NETWORK_GROUPS,
  MIN_NETWORK_SPECTRA,
  type NetworkCandidate,
  type NetworkSearchTask,
} from './networks.js'
import { searchRobust } from './robust.js'
import type { Samples } from './samples.js'

export interface SearchTask {
  readonly material: Material
  readonly recipe: Recipe
  readonly samples: Samples
  tell(what: string, part: number): void
  /** Ends everything at once. */
  readonly signal: AbortSignal
  /** Ends the search with the best so far. */
  readonly finish: AbortSignal
}

/** What the search found out. */
export interface Search {
  readonly repeats: readonly Repeat[]
  readonly linear: LinearSearch
  /** The best linear model, and the networks that were tried, best first; each with the linear model on the same folds. */
  readonly best: Candidate
  readonly networks: readonly { readonly network: NetworkCandidate; readonly linear: Nested }[]
  readonly wins: 'linear' | 'cnn'
  readonly findings: readonly Finding[]
  readonly stoppedEarly: boolean
}

const REDRAWS = 1000

/** Linear models first, then networks behind the chains that linear models rank best; which of them wins. */
export const search = async (task: SearchTask): Promise<Search> => {
  const { recipe, samples, signal, finish, tell } = task
  const subjects = samples.samples
  const repeats = planRepeats(subjects, recipe.folds, recipe.repeats, recipe.seed)
  const families = familiesOf(recipe, subjects.task === 'class' && subjects.limits === null)
  const turn = async () => {
    await nextTurn()
    if (signal.aborted) throw new Failure('ABORTED', { where: 'training' })
  }
  const linear = await searchRobust({
    chains: samples.chains,
    families,
    subjects,
    repeats,
    priors: recipe.priors,
    axis: task.material.axis,
    quantity: task.material.quantity,
    seed: recipe.seed,
    tell,
    turn,
    enough: () => finish.aborted,
  })
  const best = bestLinear(linear.candidates, families)
  if (!best) throw new Failure('INVARIANT', { where: 'training', seen: 'no linear candidate' })
  const mustShip = recipe.ship === 'cnn' || recipe.models.every((model) => model === 'cnn')
  const { networks, findings, stopped } =
    linear.stoppedEarly && !mustShip ? { networks: [], findings: [], stopped: true } : await tryNetworks(task, repeats, linear, best, mustShip, turn)
  const [first] = networks
  const won = first !== undefined && (mustShip || (recipe.ship === 'best' && networkWins(first.network.error, first.linear.error)))
  return {
    repeats,
    linear,
    best,
    networks,
    wins: won ? 'cnn' : 'linear',
    findings: [...linear.findings, ...findings, ...(first ? behind(task, first, won) : [])],
    stoppedEarly: linear.stoppedEarly || stopped,
  }
}

/** PLS stands beside a network even where nobody asked for it: a network alone cannot be judged. Kernel Ridge is no linear model. */
export const familiesOf = ({ models, ship }: Pick<Recipe, 'models' | 'ship'>, words: boolean): readonly Family[] => {
  const asked = models.flatMap((model) =>
    model === 'cnn' || (!words && model === 'pca-lda') || (ship === 'linear' && model === 'kernel-ridge') ? [] : [model],
  )
  return asked.length > 0 ? asked : ['pls']
}

const tryNetworks = async (
  task: SearchTask,
  repeats: readonly Repeat[],
  linear: LinearSearch,
  best: Candidate,
  must: boolean,
  turn: () => Promise<void>,
) => {
  const { recipe, samples, material, finish, signal, tell } = task
  const { cnn } = recipe
  const none = { networks: [], findings: [] as Finding[], stopped: false }
  if (!recipe.models.includes('cnn') || recipe.ship === 'linear') return none
  if (cnn === null) return must ? refuseNone() : none
  const why = must ? null : reasonAgainst(samples)
  if (why !== null) return { ...none, findings: [{ code: 'network-not-tried', text: why, ids: [], count: 0 }] }
  const few = samples.samples.ids.length >= FEW_FOLDS_FROM && recipe.folds > FEW_FOLDS
  const [repeat] = few ? planRepeats(samples.samples, FEW_FOLDS, 1, recipe.seed) : repeats
  const networks: { network: NetworkCandidate; linear: Nested }[] = []
  if (!repeat) return none
  for (const chain of bestChains(linear, best).slice(0, cnn.behind)) {
    const own: NetworkSearchTask = {
      ...{ recipe, cnn, chain, repeat, tell, of: samples.of, own: samples.own, samples: samples.samples },
      ...{ axis: material.axis, ratio: material.quantity !== 'counts-per-ms', signal: AbortSignal.any([signal, finish]) },
    }
    try {
      const network = await crossValidateNetwork(own)
      const { family } = best
      const nested = await nestedOf(
        { chain: best.chain, families: [family], subjects: samples.samples, repeat, priors: recipe.priors, turn },
        benchesOf(best.chain),
      )
      const paired = nested.get(family)
      if (paired) networks.push({ network, linear: paired })
    } catch (error) {
      if (signal.aborted || must || !isFailure(error, 'ABORTED', 'PART_MISSING', 'DATA_INVALID')) throw error
      if (finish.aborted) return { networks: sorted(networks), findings: [], stopped: true }
      const text = `No network was trained behind "${chain.name}": ${asFailure(error, 'DATA_INVALID').message}`
      return { networks: sorted(networks), findings: [{ code: 'network-not-tried', text, ids: [], count: 0 }], stopped: false }
    }
  }
  return { networks: sorted(networks), findings: [], stopped: false }
}

const sorted = <T extends { readonly network: NetworkCandidate }>(networks: readonly T[]): readonly T[] =>
  [...networks].sort((a, b) => a.network.error - b.network.error)

const refuseNone = (): never => {
  throw new Failure('DATA_INVALID', { where: 'recipe', seen: 'a network to ship and cnn: null', allowed: 'a network with settings, or other models' })
}

const reasonAgainst = ({ samples, own, chains }: Samples): string | null => {
  const groups = new Set(own.groups).size
  const channels = chains[0]?.rows([0])[0]?.values.length ?? 0
  if (own.ids.length < MIN_NETWORK_SPECTRA)
    return `no network was tried: ${own.ids.length} spectra, and below ${MIN_NETWORK_SPECTRA} it would learn the noise`
  if (groups < MIN_NETWORK_GROUPS) return `no network was tried: ${groups} groups, too few for parts that fit, stop and quantize`
  return channels < MIN_NETWORK_CHANNELS
    ? `no network was tried: ${channels} channels hold nothing to convolve (${samples.ids.length} spectra)`
    : null
}

/** Chains in the order of their best linear model, that of the winner first. */
const bestChains = ({ candidates }: LinearSearch, best: Candidate) => [...new Set([best, ...candidates].map(({ chain }) => chain))]

/** A network that is clearly worse than a linear model is told about, whether or not it ships. */
const behind = (
  { samples, recipe }: SearchTask,
  { network, linear }: { network: NetworkCandidate; linear: Nested },
  ships: boolean,
): readonly Finding[] => {
  const subjects = samples.samples
  const loss = (answers: Float64Array) =>
    answers.map((answer, n) =>
      subjects.task === 'value' ? (answer - (subjects.values[n] ?? Number.NaN)) ** 2 : classOfAnswer(subjects, answer) === subjects.truth[n] ? 0 : 1,
    )
  const random = seededRandom(recipe.seed + 7)
  const share = behindShare(subjects, loss(network.answers), loss(linear.answers), REDRAWS, () => random.uniform())
  if (share <= 0.5) return []
  const text = `The network is more than 5 % worse than the best other model in ${Math.round(100 * share)} % of ${REDRAWS} redraws of the objects: ${ships ? 'prefer the other one (ship: best in the recipe)' : 'it was not taken'}.`
  return [{ code: 'network-behind', text, ids: [], count: 0 }]
}
