import type { Finding, LinearBench, Task } from '../contract.js'
import { argmax } from '../figures.js'
import { foldsOf } from '../split.js'

/** Learns `truth` (of `classes` classes, by row) on the rows `train`, and answers for the rows `test`. */
export type Classify = (truth: readonly number[], classes: number, train: readonly number[], test: readonly number[]) => ArrayLike<number>

export interface ToldApartTask {
  readonly task: Task
  readonly labels: readonly string[]
  readonly truth: readonly number[]
  readonly groups: readonly string[]
  readonly classify: Classify
  readonly seed: number
}

/** A session counts if it has this many objects of the class: fewer cannot be learnt on some and judged on others. */
const MIN_OBJECTS = 3
const MAX_FOLDS = 5
/** Classes of one column that are looked at, those with most spectra first. */
export const MAX_CLASSES_CHECKED = 8
/** What must lie between chance and the lower end of the interval. */
const CLEARLY = 0.1

/**
 * Whether the words of a column (sessions, batches, instruments) can be told apart within one class, on objects that were not learnt from: then spectra hold
 * more than the material, and a model that has seen few sessions will be worse in the next one than its figures say. For values all spectra are one class.
 */
export const toldApart = (
  { task, labels, truth, groups, classify, seed }: ToldApartTask,
  column: string,
  words: readonly string[],
): readonly Finding[] => {
  const classes = task === 'class' ? labels.map((_, c) => c) : [0]
  const rowsOf = classes
    .map((c) => ({ c, rows: words.flatMap((word, n) => (word !== '' && (task !== 'class' || truth[n] === c) ? [n] : [])) }))
    .sort((a, b) => b.rows.length - a.rows.length)
    .slice(0, MAX_CLASSES_CHECKED)
  const told = rowsOf.flatMap(({ c, rows }) => {
    const found = judged(rows, words, groups, classify, seed)
    return found ? [{ name: task === 'class' ? (labels[c] ?? '') : 'all spectra', ...found }] : []
  })
  const [strongest] = [...told].sort((a, b) => b.right - b.chance - (a.right - a.chance))
  if (!strongest) return []
  const others = told.length > 1 ? `, and so within ${told.length - 1} more` : ''
  const text = `The words of "${column}" can be told apart within ${strongest.name} by the spectra alone (${Math.round(100 * strongest.right)} % right where chance gives ${Math.round(100 * strongest.chance)} %)${others}: expect worse figures where "${column}" is one that the model has not seen, and give it more of them.`
  return [{ code: 'sessions-differ', text, ids: [], count: told.length }]
}

/** Balanced share of right words in a grouped cross-validation; null where it is not clearly above chance, or cannot be known. */
const judged = (
  rows: readonly number[],
  words: readonly string[],
  groups: readonly string[],
  classify: Classify,
  seed: number,
): { readonly right: number; readonly chance: number } | null => {
  const objects = new Map<string, Set<string>>()
  for (const n of rows) objects.set(words[n] ?? '', (objects.get(words[n] ?? '') ?? new Set()).add(groups[n] ?? ''))
  const names = [...objects].filter(([, own]) => own.size >= MIN_OBJECTS).map(([word]) => word)
  const used = rows.filter((n) => names.includes(words[n] ?? ''))
  if (names.length < 2) return null
  const truth = words.map((word) => Math.max(0, names.indexOf(word)))
  const count = Math.min(MAX_FOLDS, ...names.map((word) => objects.get(word)?.size ?? 0))
  const folds = foldsOf(
    used.map((n) => groups[n] ?? ''),
    used.map((n) => words[n] ?? ''),
    count,
    seed,
  )
  // By word and object: right spectra, and all.
  const hits = names.map(() => new Map<string, [right: number, all: number]>())
  for (let fold = 0; fold < count; fold++) {
    const test = used.filter((_, i) => folds[i] === fold)
    const train = used.filter((_, i) => folds[i] !== fold)
    if (test.length === 0 || new Set(train.map((n) => truth[n])).size < names.length) return null
    const answers = classify(truth, names.length, train, test)
    test.forEach((n, i) => {
      const own = hits[truth[n] ?? 0]
      const [right, all] = own?.get(groups[n] ?? '') ?? [0, 0]
      own?.set(groups[n] ?? '', [right + (answers[i] === truth[n] ? 1 : 0), all + 1])
    })
  }
  const chance = 1 / names.length
  const recalls = hits.map((own) => {
    const shares = [...own.values()].map(([right, all]) => right / all)
    const sum = shares.reduce((all, share) => all + share, 0)
    // Drawn towards chance by four objects, so that a few that are all right prove nothing (Agresti, Coull, Am. Stat. 52:119, 1998).
    const drawn = (sum + 4 * chance) / (shares.length + 4)
    return { mean: sum / shares.length, drawn, variance: (drawn * (1 - drawn)) / (shares.length + 4) }
  })
  const right = recalls.reduce((sum, { mean }) => sum + mean / names.length, 0)
  const drawn = recalls.reduce((sum, recall) => sum + recall.drawn / names.length, 0)
  const error = Math.sqrt(recalls.reduce((sum, { variance }) => sum + variance, 0)) / names.length
  return drawn - 2 * error > chance + CLEARLY ? { right, chance } : null
}

/** PCA-LDA of a bench as `Classify`, in the middle setting of its grid: a check, not a model to be tuned. */
export const classifyBy =
  (bench: Pick<LinearBench, 'answers'>): Classify =>
  (truth, classes, train, test) => {
    const answers = bench.answers('pca-lda', { kind: 'class', classes, truth, priors: 'balanced' }, train, test)
    const outputs = answers[Math.floor(answers.length / 2)]
    return outputs ? test.map((_, i) => argmax(outputs.subarray(i * classes, (i + 1) * classes))) : test.map(() => -1)
  }
