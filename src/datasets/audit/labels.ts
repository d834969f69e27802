import { Failure } from '../../failures.js'
import type { Dataset, Row } from '../folder.js'
import { type Finding, finding, listed } from './finding.js'

/** The word for rows whose material nobody knows: measured to be answered, never to be learnt from. In any case, blanks around it. */
const UNKNOWN = 'unknown'

/** Whether a label says that nobody knows: such rows are never trained on. */
export const isUnknown = (label: string): boolean => label.trim().toLowerCase() === UNKNOWN

/** Text of a column in a row; '' where it is unknown. @throws Failure DATA_INVALID if the set has no such column. */
export const columnOf = ({ name, meta }: Dataset, column: string): ((row: Row) => string) => {
  if (!meta.label_columns.includes(column))
    throw new Failure('DATA_INVALID', {
      where: name,
      seen: `no column "${column}"`,
      allowed: listed(meta.label_columns) || 'a set with label columns: this one has none',
    })
  return (row) => row.labels[column] ?? ''
}

/** Rows that cannot be learnt from because of their label. */
export const unlabelled = (dataset: Dataset, column: string): readonly Finding[] => {
  const label = columnOf(dataset, column)
  const unknown = dataset.rows.filter((row) => isUnknown(label(row))).map(({ id }) => id)
  const empty = dataset.rows.filter((row) => label(row).trim() === '').map(({ id }) => id)
  return [
    ...(unknown.length === 0
      ? []
      : [finding('label-unknown', `${unknown.length} spectra are labelled "${UNKNOWN}" in "${column}": they are never trained on`, unknown)]),
    ...(empty.length === 0
      ? []
      : [finding('label-missing', `${empty.length} spectra have an empty cell in "${column}": they are not trained on`, empty)]),
  ]
}

/**
 * Words that differ only in case or in blanks, as groups of their spellings with the number of rows of each.
 */
export const spellings = (words: readonly string[]): readonly (readonly { readonly word: string; readonly count: number }[])[] => {
  const counts = new Map<string, number>()
  for (const word of words) if (word.trim() !== '') counts.set(word, (counts.get(word) ?? 0) + 1)
  const same = new Map<string, { word: string; count: number }[]>()
  for (const [word, count] of counts) {
    const key = word.normalize('NFKC').trim().replace(/\s+/g, ' ').toLowerCase()
    const others = same.get(key)
    if (others === undefined) same.set(key, [{ word, count }])
    else others.push({ word, count })
  }
  return [...same.values()].filter((ways) => ways.length > 1)
}

/** Spellings as a message shows them: `"PET" (12 rows) and "pet " (1 row)`. */
export const asSpelt = (ways: readonly { readonly word: string; readonly count: number }[]): string =>
  ways.map(({ word, count }) => `${JSON.stringify(word)} (${count} ${count === 1 ? 'row' : 'rows'})`).join(' and ')

/** @throws Failure DATA_INVALID naming the spellings: as two classes they would be told apart by chance alone. */
export const refuseSpellings = (dataset: Dataset, column: string): void => {
  const label = columnOf(dataset, column)
  const twice = spellings(dataset.rows.map(label).filter((word) => !isUnknown(word)))
  if (twice.length > 0)
    throw new Failure('DATA_INVALID', {
      where: `${dataset.name}, column "${column}"`,
      seen: `labels that differ only in case or blanks: ${listed(twice.map(asSpelt), 5)}`,
      allowed: 'one spelling for each class',
      cure: 'write each of them one way in the whole column',
    })
}
