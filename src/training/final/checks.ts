import type { Dataset } from '../../datasets/folder.js'
import { isFailure } from '../../failures.js'
import type { Finding } from '../contract.js'
import { checkFlattery, checkSizes } from '../decision/claims.js'
import { checkConfounding } from '../decision/confounding.js'
import { type Permutation, permutationCheck } from '../decision/permutation.js'
import { classifyBy } from '../decision/told-apart.js'
import { suggestGroup, unusedGroups } from '../decision/unused-groups.js'
import { classOf } from '../examples.js'
import type { Part } from '../material.js'
import type { Recipe } from '../recipe.js'
import { familyName } from '../report/words.js'
import { type Candidate, finalSetting } from '../search/candidate.js'
import { planRepeats } from '../search/folds.js'
import { answersOf, benchesOf, nestedOf } from '../search/nested.js'
import { errorOf, isWords, scoreOf } from '../search/score.js'
import type { Search } from '../search/search.js'

export interface CheckTask {
  readonly dataset: Dataset
  readonly recipe: Recipe
  readonly samples: Part
  readonly search: Search
  tell(what: string, part: number): void
  turn(): Promise<void>
}

/** Columns that are not looked at: what is learnt, and what keeps spectra together. */
const otherColumns = ({ meta }: Dataset, { target, group, split }: Recipe): readonly string[] =>
  meta.label_columns.filter((column) => column !== target.column && column !== group && !(split && 'column' in split && column === split.column))

/** What the labels hang together with beside the material, and what the numbers of spectra can carry. */
export const findingsOf = async (task: CheckTask, recalls: readonly (number | null)[]): Promise<readonly Finding[]> => {
  const { dataset, recipe, samples, search, tell } = task
  tell('checks of the data', 0)
  const rows = new Map(dataset.rows.map((row) => [row.id, row]))
  const inside = new Set(samples.ids)
  const words = (column: string) => samples.ids.map((id) => (rows.get(id)?.labels[column] ?? '').trim())
  const outside = dataset.rows.filter(({ id }) => !inside.has(id))
  const columns = otherColumns(dataset, recipe)
  const bench = benchesOf(search.best.chain)(samples.ids.map((_, n) => n))
  const confounding = checkConfounding({
    ...samples,
    columns: Object.fromEntries(columns.map((column) => [column, words(column)])),
    elsewhere: Object.fromEntries(columns.map((column) => [column, outside.map(({ labels }) => (labels[column] ?? '').trim())])),
    classify: classifyBy(bench),
    seed: recipe.seed,
  })
  return [...(await suggestions(task, columns, words)), ...confounding, ...(await flattery(task)), ...checkSizes(samples, recalls)]
}

/** Without groups: columns that look like some, and what the figure of the winning recipe would be with them. */
const suggestions = async (
  { recipe, samples, search, turn }: CheckTask,
  columns: readonly string[],
  words: (column: string) => readonly string[],
): Promise<readonly Finding[]> => {
  if (recipe.group !== null) return []
  const { best } = search
  const [first] = best.repeats
  const found: Finding[] = []
  for (const column of unusedGroups({ ...samples, columns: Object.fromEntries(columns.map((own) => [own, words(own)])) })) {
    const cells = words(column)
    const groups = cells.map((cell, n) => (cell === '' ? (samples.ids[n] ?? '') : `=${cell}`))
    const error = await groupedError({ recipe, samples: { ...samples, groups }, search, turn })
    const say = (own: number) => sayScore(samples, scoreOf(samples, own))
    const single = say(first?.error ?? Number.NaN)
    found.push(
      suggestGroup({
        column,
        words: new Set(cells.filter((cell) => cell !== '')).size,
        spectra: cells.length,
        single,
        grouped: error === null ? null : say(error),
      }),
    )
  }
  return found
}

/** One repeat of the winning recipe with other groups; null where a class lies in too few of them for folds. */
const groupedError = async ({ recipe, samples, search: { best }, turn }: Pick<CheckTask, 'recipe' | 'samples' | 'search' | 'turn'>) => {
  try {
    const [repeat] = planRepeats(samples, recipe.folds, 1, recipe.seed)
    if (!repeat) return null
    const task = { chain: best.chain, families: [best.family], subjects: samples, repeat, priors: recipe.priors, turn }
    return (await nestedOf(task, benchesOf(best.chain))).get(best.family)?.error ?? null
  } catch (error) {
    if (isFailure(error, 'DATA_INVALID')) return null
    throw error
  }
}

/** The winning linear recipe again, with single spectra left out instead of groups; only where groups hold several. */
const flattery = async ({ recipe, samples, search, turn }: CheckTask): Promise<readonly Finding[]> => {
  const { best } = search
  if (recipe.group === null || new Set(samples.groups).size === new Set(samples.ids).size) return []
  const alone = { ...samples, groups: samples.ids }
  const single: number[] = []
  for (const repeat of planRepeats(alone, recipe.folds, best.repeats.length, recipe.seed)) {
    const task = { chain: best.chain, families: [best.family], subjects: alone, repeat, priors: recipe.priors, turn }
    const error = (await nestedOf(task, benchesOf(best.chain))).get(best.family)?.error
    if (error !== undefined) single.push(scoreOf(samples, error))
  }
  return checkFlattery({
    grouped: best.repeats.map(({ error }) => scoreOf(samples, error)),
    single,
    better: samples.task === 'value' ? 'lower' : 'higher',
    say: (figure) => sayScore(samples, figure),
  })
}

/** As people read it: "92.1 %", "3.41 mg". */
export const sayScore = ({ task, unit }: Pick<Part, 'task' | 'unit'>, score: number): string =>
  task === 'value' ? `${score.toPrecision(3)}${unit === '' || unit === null ? '' : ` ${unit}`}` : `${(100 * score).toFixed(1)} %`

/**
 * The best recipe in closed form, named in `model`, on labels that were dealt out anew between objects. Also where a network won: what chance gives away by the protocol does
 * not hang on the kind of model, and twenty networks would take hours.
 */
export const permutationOf = async ({
  recipe,
  samples,
  search,
  tell,
  turn,
}: CheckTask): Promise<(Permutation & { readonly model: string }) | null> => {
  const { best, repeats } = search
  const [repeat] = repeats
  if (recipe.permutations === 0 || !repeat) return null
  const { index } = finalSetting(best)
  const benchOf = rememberedBenches(best)
  const words = isWords(samples)
  let done = 0
  const checked = await permutationCheck({
    score: async (given) => {
      tell('labels shuffled between objects', done++ / (recipe.permutations + 1))
      const { limits } = samples
      const subjects = words
        ? { ...samples, truth: given }
        : { ...samples, values: given, truth: limits ? given.map((value) => classOf(value, limits)) : samples.truth }
      const answers = new Float64Array(given.length).fill(Number.NaN)
      for (const [fold, { train, test }] of repeat.outer.entries()) {
        const all = answersOf(benchOf(fold, train), best.family, { subjects, priors: recipe.priors }, train, [test])
        const own = all[Math.min(index, all.length - 1)]
        test.forEach((n, i) => {
          answers[n] = own?.answers[i] ?? Number.NaN
        })
        await turn()
      }
      return scoreOf(samples, errorOf(subjects, answers))
    },
    truth: words ? samples.truth : samples.values,
    groups: samples.groups,
    better: samples.task === 'value' ? 'lower' : 'higher',
    times: recipe.permutations,
    seed: recipe.seed,
  })
  return { ...checked, model: `${familyName(best.family)} behind "${best.chain.name}"` }
}

/** A chain that learns has a bench for each fold; it is the same in every draw. */
const rememberedBenches = ({ chain }: Candidate) => {
  const open = benchesOf(chain)
  const kept = new Map<number, ReturnType<typeof open>>()
  return (fold: number, train: readonly number[]) => {
    const known = kept.get(fold) ?? open(train)
    kept.set(fold, known)
    return known
  }
}
