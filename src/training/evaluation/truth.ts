import { isUnknown } from '../../datasets/audit/labels.js'
import type { Dataset, Row } from '../../datasets/folder.js'
import { Failure } from '../../failures.js'
import type { Manifest } from '../../models/manifest.js'
import { classOf, numberIn } from '../examples.js'

/** What is true of each spectrum, in the order of the set; null: nothing is known of it, and it is not judged. */
export interface Truth {
  /** The column that was read; null: all spectra are the one material of an identity. */
  readonly column: string | null
  /** The label (which the model may not have); null for a value. */
  readonly labels: readonly (string | null)[]
  readonly values: readonly (number | null)[]
}

export interface TruthOptions {
  /** Column to judge by; null: the one that the model was trained on. */
  readonly column: string | null
  /** Limits of a number, for a model whose labels are ranges; null: those that the bundle names. */
  readonly limits: readonly [number, number] | null
}

/**
 * The truth that a model is held against, from a column of the set. An empty cell leaves its spectrum out.
 * @throws Failure DATA_INVALID: no such column, a cell that is no number where a number is needed, or nothing to judge.
 */
export const truthOf = (dataset: Dataset, manifest: Manifest, options: TruthOptions): Truth => {
  const { task, outputs, provenance } = manifest
  const column = columnOf(dataset, manifest, options.column)
  const cells = dataset.rows.map(({ labels }) => (column === null ? (outputs.labels[0] ?? '') : (labels[column] ?? '').trim()))
  const where = column === null ? dataset.name : `${dataset.name}, column "${column}"`
  if (cells.every((cell) => cell === '' || (task === 'value' && isUnknown(cell))))
    throw new Failure('DATA_INVALID', { where, seen: 'no spectrum with a label', allowed: 'labelled spectra: `predict` needs no labels' })
  const none = cells.map(() => null)
  if (task === 'value') return { column, labels: none, values: numbersOf(dataset.rows, cells, where) }
  const limits = options.limits ?? provenance?.limits ?? null
  const isRanges = limits !== null && !cells.some((cell) => outputs.labels.includes(cell))
  if (!isRanges) {
    expectWords(cells, outputs.labels, where)
    return { column, labels: cells.map((cell) => (cell === '' ? null : cell)), values: none }
  }
  const values = numbersOf(dataset.rows, cells, where)
  return { column, labels: values.map((value) => (value === null ? null : (outputs.labels[classOf(value, limits)] ?? null))), values: none }
}

const columnOf = (dataset: Dataset, { task, provenance }: Manifest, asked: string | null): string | null => {
  const columns = dataset.meta.label_columns
  const column = asked ?? provenance?.target ?? null
  if (column !== null && columns.includes(column)) return column
  // A set of one material need not say so in a column.
  if (asked === null && task === 'identity') return null
  throw new Failure('DATA_INVALID', {
    where: dataset.name,
    seen: column === null ? 'no column named, and a bundle that names none' : `no column "${column}"`,
    allowed: columns.length > 0 ? columns.join(', ') : 'a set with label columns',
    cure: 'name the column with --target COL',
  })
}

const numbersOf = (rows: readonly Row[], cells: readonly string[], where: string): (number | null)[] =>
  cells.map((cell, n) => (cell === '' || isUnknown(cell) ? null : numberIn(cell, rows[n]?.id ?? '', where)))

/** Numbers in the column of a model whose labels are ranges: without the limits every answer would be counted as wrong. */
const expectWords = (cells: readonly string[], labels: readonly string[], where: string): void => {
  const known = cells.filter((cell) => cell !== '')
  if (known.some((cell) => labels.includes(cell)) || known.some((cell) => !Number.isFinite(Number(cell)))) return
  throw new Failure('DATA_INVALID', {
    where,
    seen: `numbers (${known.slice(0, 3).join(', ')}), and a bundle that does not say which of them is ${labels.join(', ')}`,
    allowed: `a column of the labels ${labels.join(', ')}`,
    cure: 'name that column with --target COL, or the limits between three ranges with --limits LOW,HIGH',
  })
}
