import { createHash } from 'node:crypto'
import type { Dataset, Row } from '../folder.js'
import { type Finding, finding, listed, ranges } from './finding.js'
import { isUnknown } from './labels.js'

/** Rows and channels with empty cells. */
export const missingValues = ({ axis, rows }: Dataset): readonly Finding[] => {
  const holes = rows.map(({ values }) => [...values.keys()].filter((i) => Number.isNaN(values[i] ?? Number.NaN)))
  const touched = rows.filter((_, n) => (holes[n]?.length ?? 0) > 0)
  if (touched.length === 0) return []
  const channels = [...new Set(holes.flat())].sort((a, b) => a - b)
  const cells = holes.reduce((sum, own) => sum + own.length, 0)
  const empty = rows.filter(({ values }, n) => holes[n]?.length === values.length).length
  const text = `${cells} values are missing: in ${touched.length} of ${rows.length} spectra, on ${channels.length} of ${axis.values.length} channels (${ranges(axis, channels)})${empty > 0 ? `; ${empty} spectra hold no value at all` : ''}`
  return [
    finding(
      'missing-values',
      text,
      touched.map(({ id }) => id),
    ),
  ]
}

/** Channels that hold the same value in every spectrum: a dead pixel, or padding. */
export const constantChannels = ({ axis, rows }: Dataset): readonly Finding[] => {
  if (rows.length < 2) return []
  const constant = [...axis.values.keys()].filter((i) => {
    const seen = rows.map(({ values }) => values[i] ?? Number.NaN).filter((value) => !Number.isNaN(value))
    return seen.length > 1 && seen.every((value) => value === seen[0])
  })
  if (constant.length === 0) return []
  const text = `${constant.length} channels hold the same value in every spectrum and tell nothing: ${ranges(axis, constant)}; leave them out with a band in the recipe`
  return [finding('constant-channels', text, [])]
}

/**
 * The same values under two ids: copies, which stand on both sides of a split and flatter. Copies with different labels are named apart:
 * published sets hold such pairs, so they are no reason to refuse a set, but at most one of each can be right.
 * @param label of a row; '' or unknown agrees with everything
 */
export const duplicateSpectra = (dataset: Dataset, label: (row: Row) => string): readonly Finding[] => {
  const byValues = new Map<string, Row[]>()
  for (const row of dataset.rows) {
    if (row.values.every(Number.isNaN)) continue
    const { buffer, byteOffset, byteLength } = row.values
    const key = createHash('sha256')
      .update(new Uint8Array(buffer, byteOffset, byteLength))
      .digest('base64')
    const others = byValues.get(key)
    if (others === undefined) byValues.set(key, [row])
    else others.push(row)
  }
  const copies = [...byValues.values()].filter((rows) => rows.length > 1)
  const agree = (rows: readonly Row[]) => new Set(rows.map(label).filter((word) => word.trim() !== '' && !isUnknown(word))).size < 2
  const idsOf = (sets: readonly (readonly Row[])[]) => sets.flat().map(({ id }) => id)
  const plain = copies.filter(agree)
  const torn = copies.filter((rows) => !agree(rows))
  const same = (rows: readonly Row[]) => rows.map(({ id }) => `"${id}"`).join(' = ')
  const labelled = (rows: readonly Row[]) => rows.map((row) => `"${row.id}" (${label(row)})`).join(' = ')
  return [
    ...(torn.length === 0
      ? []
      : [
          finding(
            'contradicting-copies',
            `${torn.length} spectra are there twice with different labels: ${listed(torn.map(labelled), 5)}; find out which is right and take the other out of the data, or leave both out with --drop`,
            idsOf(torn),
          ),
        ]),
    ...(plain.length === 0
      ? []
      : [
          finding(
            'duplicate-spectra',
            `${plain.length} spectra are there more than once, to the last digit: ${listed(plain.map(same), 5)}; take the copies out, or keep them together with --group`,
            idsOf(plain),
          ),
        ]),
  ]
}
