import { createHash } from 'node:crypto'
import type { Dataset, Row } from '../folder.js'
import type { QuantityKind } from '../meta.js'
import { type Finding, finding, listed, ranges } from './finding.js'
import { isUnknown } from './labels.js'

/** Kinds whose numbers end at a ceiling of the detector. */
const withCeiling: readonly QuantityKind[] = ['counts', 'counts-no-reference', 'intensity']

/** Values at the highest one of the set, from so many on: by chance there is one. */
const MIN_AT_CEILING = 3

/** Of these in one spectrum, where spectra may have been scaled to the same height before: then each has one. */
const MIN_IN_SCALED = 2

/** Channels in a row at the highest value of their spectrum that make a cut-off top. */
const MIN_FLAT_TOP = 3

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

/** Spectra cut off at the top, where the numbers are counts of a detector. */
export const saturatedSpectra = ({ meta, rows }: Dataset): readonly Finding[] => {
  if (!withCeiling.includes(meta.quantity_kind)) return []
  const ceiling = rows.reduce((top, { values }) => values.reduce((high, value) => (value > high ? value : high), top), Number.NEGATIVE_INFINITY)
  const atCeiling = rows.map(({ values }) => values.reduce((count, value) => (value === ceiling ? count + 1 : count), 0))
  const repeated = atCeiling.reduce((sum, count) => sum + count, 0) >= MIN_AT_CEILING
  const enough = meta.quantity_kind === 'intensity' ? MIN_IN_SCALED : 1
  const saturated = rows.filter(({ values }, n) => (repeated && (atCeiling[n] ?? 0) >= enough) || flatTop(values) >= MIN_FLAT_TOP)
  if (saturated.length === 0) return []
  const text = `${saturated.length} spectra look saturated (several values at the ceiling of ${ceiling}, or a flat top): measure them again with a shorter exposure, or leave them out with --drop`
  return [
    finding(
      'saturated',
      text,
      saturated.map(({ id }) => id),
    ),
  ]
}

/** Longest run of channels at the highest value of a spectrum, if that stands out of it at all. */
const flatTop = (values: Float64Array): number => {
  let [high, low] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]
  for (const value of values) {
    if (value > high) high = value
    if (value < low) low = value
  }
  if (!(high > low)) return 0
  let [run, longest] = [0, 0]
  for (const value of values) {
    run = value === high ? run + 1 : 0
    if (run > longest) longest = run
  }
  return longest
}
