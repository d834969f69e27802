import type { Finding, Task } from '../contract.js'
import { unitByName } from '../unit-names.js'
import { cramersV, explainedVariance, type Unit } from './association.js'
import { type Classify, toldApart } from './told-apart.js'

export interface ConfoundingTask {
  readonly task: Task
  readonly labels: readonly string[]
  /** By row: class, value, object. */
  readonly truth: readonly number[]
  readonly values: readonly number[]
  readonly groups: readonly string[]
  /** Every other column of the data set, by row; an empty cell is unknown. */
  readonly columns: Readonly<Record<string, readonly string[]>>
  /** Words of the same columns in rows that take no part in the training. */
  readonly elsewhere?: Readonly<Record<string, readonly string[]>>
  readonly classify: Classify
  readonly seed: number
}

/** From here on a column as good as gives the label away; from the lower one on they go together. */
const PREDICTS = 0.9
const GOES_WITH = 0.5

/** Columns that are looked at, in the order of the data set; bounds the fits that a wide table costs. */
export const MAX_COLUMNS_CHECKED = 16

/** A column of numbers is a quantity, not a name, if its name says a unit, or if more than this share of its cells differ. */
const QUANTITY_SHARE = 0.2

/**
 * What may have been learnt instead of the label: columns (session, batch, day, colour, size) that predict it, quantities that differ between the classes,
 * sessions that can be told apart within a class, and columns that hold one word in the training part and others outside it. Objects are counted, not spectra.
 */
export const checkConfounding = (task: ConfoundingTask): readonly Finding[] =>
  Object.entries(task.columns)
    .slice(0, MAX_COLUMNS_CHECKED)
    .flatMap(([column, cells]) => {
      const words = cells.map(dayOf)
      if (isQuantity(column, cells)) return quantityFindings(task, column, cells)
      return [...wordFindings(task, column, words), ...toldApart(task, column, words), ...unvaried(task, column, words)]
    })

const wordFindings = (task: ConfoundingTask, column: string, words: readonly string[]): readonly Finding[] => {
  if (task.task === 'identity') return []
  const units = unitsOf(task, words)
  const different = new Set(units.map(({ word }) => word)).size
  // A word for each object predicts every label and says nothing.
  if (different < 2 || different > units.length / 2) return []
  const strength =
    task.task === 'value'
      ? explainedVariance(
          units.map(({ value }) => value),
          units.map(({ word }) => word),
        )
      : cramersV(units)
  if (strength < GOES_WITH) return []
  const what = task.task === 'value' ? 'value' : 'label'
  const measure = task.task === 'value' ? `explains ${percent(strength)} of the variance of the value` : `Cramer's V ${strength.toFixed(2)}`
  const pure = task.task !== 'value' && onePerWord(units)
  const text =
    strength >= PREDICTS || pure
      ? `The column "${column}" predicts the ${what} (${measure}${pure ? ', each of its words has one label' : ''}). If it says when, where or how was measured, the model may have learnt that instead; measure every ${what === 'label' ? 'class' : 'range of values'} under each "${column}".`
      : `The column "${column}" goes with the ${what} (${measure}): part of what was learnt may be "${column}".`
  return [{ code: strength >= PREDICTS || pure ? 'column-predicts' : 'column-goes-with', text, ids: [], count: units.length }]
}

const quantityFindings = (task: ConfoundingTask, column: string, cells: readonly string[]): readonly Finding[] => {
  if (task.task !== 'class') return []
  const units = unitsOf(task, cells)
  const strength = explainedVariance(
    units.map(({ word }) => Number(word)),
    units.map(({ label }) => label),
  )
  if (strength < PREDICTS) return []
  const text = `The quantity "${column}" differs between the classes far more than within them (they explain ${percent(strength)} of its variance): the model may tell the classes apart by "${column}".`
  return [{ code: 'quantity-differs', text, ids: [], count: units.length }]
}

const unvaried = ({ elsewhere }: ConfoundingTask, column: string, words: readonly string[]): readonly Finding[] => {
  const inside = new Set(words.filter((word) => word !== ''))
  const others = [...new Set((elsewhere?.[column] ?? []).map(dayOf).filter((word) => word !== '' && !inside.has(word)))].sort()
  const [only] = inside
  if (inside.size !== 1 || others.length === 0) return []
  const listed = `${others.slice(0, 5).join(', ')}${others.length > 5 ? ' ...' : ''}`
  const text = `All training spectra have "${column}" = ${only}, while the data also hold ${listed}. Nothing here tells how the model does there, and whatever comes with "${column}" (size, surface, scale, instrument) may be part of what it learnt as a class.`
  return [{ code: 'column-not-varied', text, ids: [], count: words.length }]
}

/** Each object once for each label and word that it has; of values its first. */
const unitsOf = ({ task, truth, values, groups }: ConfoundingTask, words: readonly string[]): readonly (Unit & { readonly value: number })[] => {
  const units = new Map<string, Unit & { readonly value: number }>()
  words.forEach((word, n) => {
    const [label = 0, value = Number.NaN] = [truth[n], values[n]]
    const key = JSON.stringify([groups[n], task === 'value' ? null : label, word])
    if (word !== '' && !units.has(key)) units.set(key, { label, value, word })
  })
  return [...units.values()]
}

const onePerWord = (units: readonly Unit[]): boolean => {
  const labels = new Map<string, Set<number>>()
  for (const { word, label } of units) labels.set(word, (labels.get(word) ?? new Set()).add(label))
  return [...labels.values()].every((own) => own.size === 1)
}

const isQuantity = (column: string, cells: readonly string[]): boolean => {
  const known = cells.filter((cell) => cell.trim() !== '')
  const named = unitByName(column) !== null
  return known.every((cell) => Number.isFinite(Number(cell))) && (named || new Set(known).size > QUANTITY_SHARE * known.length)
}

/** Of a date and time the day: spectra of one day go together. */
const dayOf = (cell: string): string => /^\d{4}-\d{2}-\d{2}(?=[T ])/.exec(cell)?.[0] ?? cell

const percent = (share: number): string => `${Math.round(100 * share)} %`
