import { seededRandom } from '../../spectrum/random.js'
import type { Subjects } from '../contract.js'
import type { Material, Part } from '../material.js'
import { type Prepared, preparer } from '../prepare.js'
import type { ChainRows } from './chains.js'
import type { FitPart, Repeat } from './folds.js'
import { type LinearSearch, type LinearSearchTask, searchLinear } from './linear-search.js'
import { answersOf, benchesOf, type Nested } from './nested.js'
import { errorOf, level } from './score.js'
import { changedCopies } from './stress.js'
import { type Tally, tallyFor } from './tally.js'

export interface RobustSearchTask extends Omit<LinearSearchTask, 'subjects'> {
  readonly subjects: Part
  readonly axis: Material['axis']
  readonly quantity: Material['quantity']
  readonly seed: number
}

/** Changed copies of each spectrum that a model of a value is judged by as well. */
const COPIES = 2

/** Chains behind which all families are tried. */
const KEPT_CHAINS = 6

/** A channel weighs as much as so many steps of a chain where the simplest is looked for. */
const STEPS_A_CHANNEL = 100

/**
 * The search of `searchLinear`; for values each left-out spectrum is judged also as changed copies of itself (stress.ts), and of those that are level the one
 * that looks at the fewest channels is the simplest. Cross-validation of one instrument's spectra cannot see what another instrument does differently, and
 * leaves many candidates level (measured: tablets, within 2 % of the best by cross-validation errors on a second instrument from 4.3 to 35 mg; by
 * changed copies and fewest channels 4.4). How much the copies weigh stands in tally.ts. No copy is ever learnt from; answers and errors in the result are of the spectra as they are.
 */
export const searchRobust = async (task: RobustSearchTask): Promise<LinearSearch> => {
  const { subjects, chains, axis, quantity, seed, repeats } = task
  if (subjects.task !== 'value') return searchLinear(task)
  const copies = Array.from({ length: COPIES }, (_, c) => changedCopies(subjects.spectra, quantity !== 'counts-per-ms', seededRandom(seed + c + 1)))
  const stressed = chains.map((chain) => withCopies(chain, axis, copies))
  const known = new Map(stressed.map((own, i): [ChainRows, ChainRows] => [own, { ...(chains[i] ?? own), steps: own.steps }]))
  const count = subjects.ids.length
  const often = { subjects: repeated(subjects), repeats: repeats.map((repeat) => judgedWithCopies(repeat, count)) }
  const found = await searchLinear({ ...task, ...often, chains: await bestChains({ ...task, ...often, chains: stressed }) })
  return {
    ...found,
    candidates: found.candidates.map((candidate) => ({
      ...candidate,
      chain: known.get(candidate.chain) ?? candidate.chain,
      repeats: candidate.repeats.map((one) => ofSpectra(one, subjects)),
    })),
    procedure: found.procedure.map(({ answers }) => ({ answers: answers.slice(0, count) })),
  }
}

/** The chains that go on, by the best setting of the first family in one plain cross-validation: parts of the axis make many, most of them far behind. */
const bestChains = async ({ chains, families, subjects, repeats, priors, tell, turn, enough }: LinearSearchTask): Promise<readonly ChainRows[]> => {
  const [family] = families
  const [repeat] = repeats
  if (chains.length <= KEPT_CHAINS || !family || !repeat) return chains
  const judged: { chain: ChainRows; criterion: number }[] = []
  for (const [c, chain] of chains.entries()) {
    if (judged.length > 0 && enough()) break
    tell('parts of the axis', c / chains.length)
    const benchOf = benchesOf(chain)
    const sums: Tally[] = []
    for (const { train, test } of repeat.outer) {
      for (const [s, { tallies }] of answersOf(benchOf(train), family, { subjects, priors }, train, [test]).entries()) {
        sums[s] ??= tallyFor(subjects)
        for (const tally of tallies) sums[s].add(tally)
      }
      await turn()
    }
    judged.push({ chain, criterion: Math.min(...sums.map((sum) => sum.criterion())) })
  }
  const best = Math.min(...judged.map(({ criterion }) => criterion))
  const ranked = judged.sort((a, b) => a.criterion - b.criterion)
  // Of those that are level the one of fewest channels may win: it must be among them.
  const simple = judged.filter(({ criterion }) => level(criterion, best)).sort((a, b) => a.chain.steps - b.chain.steps)
  const kept = [...new Set([...simple.slice(0, KEPT_CHAINS / 2), ...ranked].map(({ chain }) => chain))].slice(0, KEPT_CHAINS)
  return chains.filter((chain) => kept.includes(chain))
}

/** The chain with the copies behind the spectra; a copy that it cannot prepare is as its spectrum. */
const withCopies = (chain: ChainRows, axis: Material['axis'], copies: readonly (readonly Float64Array[])[]): ChainRows => {
  const changed = (train: readonly number[]): readonly (Prepared | null)[] => {
    const rows = chain.rows(train)
    const { prepare } = preparer(chain.stepsFor(train), axis)
    return [...rows, ...copies.flatMap((copy) => copy.map((values, n) => prepare(values) ?? rows[n] ?? null))]
  }
  const channels = chain.rows([0]).find((row) => row)?.values.length ?? 0
  return { ...chain, steps: STEPS_A_CHANNEL * channels + chain.steps, rows: changed }
}

const repeated = (subjects: Subjects): Subjects => {
  const often = <T>(list: readonly T[]): T[] => Array.from({ length: 1 + COPIES }, () => list).flat()
  const { ids, groups, truth, values } = subjects
  return { ...subjects, ids: often(ids), groups: often(groups), truth: often(truth), values: often(values), own: ids.length }
}

const judgedWithCopies = ({ folds, outer, inner }: Repeat, count: number): Repeat => {
  const often = (rows: readonly number[]) => Array.from({ length: 1 + COPIES }, (_, c) => rows.map((n) => n + c * count)).flat()
  return {
    folds,
    outer: outer.map(({ train, test }): FitPart => ({ train, test: often(test) })),
    inner: inner.map(({ train, tests }) => ({ train, tests: tests.map(({ fold, rows }) => ({ fold, rows: often(rows) })) })),
  }
}

/** Answers and error of the spectra alone; the criteria stay those by which was chosen. */
const ofSpectra = (nested: Nested, subjects: Part): Nested => {
  const answers = nested.answers.slice(0, subjects.ids.length)
  return { ...nested, answers, error: errorOf(subjects, answers) }
}
