import { setImmediate as nextTurn } from 'node:timers/promises'
import { seededRandom } from '../../src/spectrum/random.js'
import type { Family } from '../../src/training/contract.js'
import { defaultChains } from '../../src/training/default-chains.js'
import { type Material, type Part, picked } from '../../src/training/material.js'
import { preparer } from '../../src/training/prepare.js'
import type { ChainPlan, Recipe } from '../../src/training/recipe.js'
import { finalSetting } from '../../src/training/search/candidate.js'
import type { ChainRows } from '../../src/training/search/chains.js'
import { bestLinear } from '../../src/training/search/choose.js'
import { planRepeats, type Repeat } from '../../src/training/search/folds.js'
import type { LinearSearch } from '../../src/training/search/linear-search.js'
import { answersOf, benchesOf } from '../../src/training/search/nested.js'
import { searchRobust } from '../../src/training/search/robust.js'
import { type Samples, samplesOf } from '../../src/training/search/samples.js'
import { isWords } from '../../src/training/search/score.js'
import { familiesOf } from '../../src/training/search/search.js'
import { usualOf } from '../../src/training/train.js'
import type { Draw } from './splits.js'

export interface LearnTask {
  readonly material: Material
  readonly recipe: Recipe
  /** Chains instead of the default grid. */
  readonly plans?: readonly ChainPlan[]
  readonly families?: readonly Family[]
  tell(what: string, part: number): void
}

/** Answers to the rows of `test`, in their order, and what gave them. */
export interface Learnt {
  readonly answers: Float64Array
  readonly picked: string
}

/** Nested cross-validation as the trainer does it: per repeat the answer to every spectrum by a choice that had not seen its fold. */
export const crossValidated = async (
  task: LearnTask,
): Promise<{ samples: Part; repeats: readonly Float64Array[]; found: LinearSearch; plan: readonly Repeat[] }> => {
  const { recipe } = task
  const samples = samplesFor(task, task.material)
  const plan = planRepeats(samples.samples, recipe.folds, recipe.repeats, recipe.seed)
  const found = await searched(task, samples, plan)
  return { samples: samples.samples, repeats: found.procedure.map(({ answers }) => answers), found, plan }
}

/** The trainer on the rows of `train`: chain, kind of model and setting by its own cross-validation of them, then one model of all of them. */
export const learnt = async (task: LearnTask, { train, test }: Draw): Promise<Learnt> => {
  const { material, recipe } = task
  const samples = samplesFor(task, { ...material, own: picked(material.own, train) })
  const subjects = samples.samples
  const found = await searched(task, samples, withLone(subjects, recipe))
  const families = familiesFor(task, subjects)
  const best = bestLinear(found.candidates, families)
  if (!best) throw new Error('the search found nothing')
  const { index } = finalSetting(best)
  const all = subjects.ids.map((_, n) => n)
  const { prepare } = preparer(best.chain.stepsFor(all), material.axis)
  const judged = picked(material.own, test)
  const rows = [...best.chain.rows(all), ...judged.spectra.map((values) => prepare(values))]
  const whole: ChainRows = { ...best.chain, learns: false, rows: () => rows }
  const joined = { ...subjects, truth: [...subjects.truth, ...judged.truth], values: [...subjects.values, ...judged.values] }
  const [settings, places] = [benchesOf(whole)(all), test.map((_, i) => all.length + i)]
  const every = answersOf(settings, best.family, { subjects: joined, priors: recipe.priors }, all, [places])
  return { answers: every[Math.min(index, every.length - 1)]?.answers ?? new Float64Array(0), picked: `${best.chain.name} with ${best.family}` }
}

const samplesFor = ({ recipe, plans }: LearnTask, material: Material): Samples =>
  samplesOf(
    material,
    plans ?? defaultChains(material.axis, material, usualOf(material), material.own.task),
    plans === undefined,
    recipe,
    recipe.id,
    seededRandom(recipe.seed),
  )

const familiesFor = ({ recipe, families }: LearnTask, subjects: Part): readonly Family[] => families ?? familiesOf(recipe, isWords(subjects))

const searched = (task: LearnTask, samples: Samples, repeats: readonly Repeat[]): Promise<LinearSearch> =>
  searchRobust({
    ...{ chains: samples.chains, families: familiesFor(task, samples.samples), subjects: samples.samples, repeats, priors: task.recipe.priors },
    ...{ axis: task.material.axis, quantity: task.material.quantity, seed: task.recipe.seed },
    tell: task.tell,
    turn: async () => {
      await nextTurn()
    },
    enough: () => false,
  })

/**
 * Folds of a training part in which a class may have but one object: `train` refuses such a class, because nobody could say how well it is known; here
 * it stays in every training part, is never judged, and the draw judges it from outside.
 */
export const withLone = (subjects: Part, { folds, repeats, seed }: Pick<Recipe, 'folds' | 'repeats' | 'seed'>): readonly Repeat[] => {
  const groups = new Map<number, Set<string>>()
  subjects.truth.forEach((label, n) => {
    groups.set(label, (groups.get(label) ?? new Set()).add(subjects.groups[n] ?? ''))
  })
  const isLone = (n: number) => isWords(subjects) && groups.get(subjects.truth[n] ?? 0)?.size === 1
  const all = subjects.ids.map((_, n) => n)
  const lone = all.filter(isLone)
  if (lone.length === 0) return planRepeats(subjects, folds, repeats, seed)
  const rest = all.filter((n) => !isLone(n))
  const back = (rows: readonly number[]) => rows.map((i) => rest[i] ?? 0)
  const added = (rows: readonly number[]) => [...back(rows), ...lone].sort((a, b) => a - b)
  return planRepeats(picked(subjects, rest), folds, repeats, seed).map((repeat) => ({
    folds: all.map((n) => repeat.folds[rest.indexOf(n)] ?? -1),
    outer: repeat.outer.map(({ train, test }) => ({ train: added(train), test: back(test) })),
    inner: repeat.inner.map(({ train, tests }) => ({ train: added(train), tests: tests.map(({ fold, rows }) => ({ fold, rows: back(rows) })) })),
  }))
}
