import type { PiecewiseStandardization } from '../../calibration/transfer/contract.js'
import { fitPds, pdsRunner } from '../../calibration/transfer/piecewise.js'
import type { Dataset } from '../../datasets/folder.js'
import { Failure } from '../../failures.js'
import { fitChain } from '../../models/fit.js'
import type { OpenModel } from '../../models/open.js'
import type { MeasuredRows } from '../evaluation/answers.js'
import { simplestOfBest } from '../search/score.js'
import { spectraOf } from '../spectra.js'
import type { Way } from './contract.js'
import { answersBy } from './corrections.js'
import { type Labelled, objectsOf, without } from './standards.js'

/**
 * Windows that are tried, each with one direction: with some 15 standards a second one fits their noise (measured: corn m5 to mp5, errors of 0.6 % protein
 * instead of 0.15; half windows 0 to 4 are level, wider ones lose). A window that is wider than what the standards vary in loses too.
 */
export const HALF_WINDOWS = [0, 1, 2] as const
const RANK = 1

/**
 * Piecewise direct standardization, each standard through the transfer of the other objects. The window is the one whose left-out spectra come nearest to
 * those of the other instrument: the references have no part in that choice, so that the figure stays honest.
 * @throws Failure DATA_INVALID as `fitTransfer` does, and where a standard has no spectrum of the other instrument.
 */
export const standardizedWay = async (model: OpenModel, standards: Labelled, measured: MeasuredRows, master: Dataset): Promise<Way> => {
  const paired = mastersOf(standards, measured, master)
  const band = bandOf(model, measured, paired)
  const count = standards.ids.length
  const objects = objectsOf(standards)
  const fit = (halfWindow: number, rows: readonly number[]) => fitTransfer(measured.spectra, paired, rows, band, halfWindow)
  const tried = HALF_WINDOWS.map((halfWindow) => {
    const fits = objects.map((left) => fit(halfWindow, without(count, left)))
    return { halfWindow, fits, misses: objects.map((left, i) => missOf(fits[i], left, measured.spectra, paired, band)) }
  })
  const chosen = tried[Math.max(0, simplestOfBest(tried.map(({ misses }) => misses.reduce((sum, miss) => sum + miss, 0))))]
  const answers = new Float64Array(count).fill(Number.NaN)
  const scores: (Float64Array | null)[] = standards.ids.map(() => null)
  const refused = standards.ids.map(() => false)
  for (const [i, left] of objects.entries()) {
    const some = { ...measured, rows: left.flatMap((n) => measured.rows[n] ?? []), spectra: left.flatMap((n) => measured.spectra[n] ?? []) }
    const own = await answersBy(model, standards, some, chosen?.fits[i] ?? null)
    left.forEach((n, k) => {
      answers[n] = own.answers[k] ?? Number.NaN
      scores[n] = own.scores[k] ?? null
      refused[n] = own.refused?.[k] ?? false
    })
  }
  const all = Array.from(standards.ids, (_, n) => n)
  return { leftOut: { answers, scores, refused }, fitted: fit(chosen?.halfWindow ?? 0, all) }
}

/** Sum of squares, over the band, between transferred spectra and those of the other instrument. */
const missOf = (
  fitted: PiecewiseStandardization | undefined,
  rows: readonly number[],
  slave: readonly Float64Array[],
  master: readonly Float64Array[],
  [from, to]: readonly [number, number],
): number => {
  if (!fitted) return Number.POSITIVE_INFINITY
  const { run, outputs } = pdsRunner(fitted)
  const changed = new Float64Array(outputs)
  let sum = 0
  for (const n of rows) {
    run(slave[n] ?? new Float64Array(outputs), changed)
    for (let j = from; j < to; j++) sum += ((changed[j] ?? 0) - (master[n]?.[j] ?? 0)) ** 2
  }
  return sum
}

/** Spectra of the same standards on the other instrument, brought onto the axis of this one. @throws Failure DATA_INVALID where one is missing. */
const mastersOf = ({ ids }: Labelled, { axis }: MeasuredRows, master: Dataset): readonly Float64Array[] => {
  const rows = new Map(master.rows.map((row) => [row.id, row]))
  const found = ids.flatMap((id) => rows.get(id) ?? [])
  const missing = ids.find((id) => !rows.has(id))
  if (missing !== undefined)
    throw new Failure('DATA_INVALID', {
      where: master.name,
      seen: `no spectrum "${missing}"`,
      allowed: 'every standard, by the same id',
      cure: 'leave out standards that were not measured on both instruments',
    })
  return spectraOf(master, found, axis).values
}

/**
 * Channels [from, to) that the model looks at: the others need no transfer, and the other instrument need not reach them. A gate with scalars (level,
 * contrast, noise) looks at all that both instruments measure of the model's axis: a step at the end of a narrower band would be noise to it.
 */
export const bandOf = (
  { bundle }: Pick<OpenModel, 'bundle'>,
  { axis, spectra }: Pick<MeasuredRows, 'axis' | 'spectra'>,
  paired: readonly Float64Array[],
): readonly [number, number] => {
  const fit = fitChain(bundle, axis)
  if (!('run' in fit)) return [0, axis.values.length]
  const used = [Math.max(0, fit.uses.indexOf(1)), fit.uses.lastIndexOf(1) + 1] as const
  if (Object.keys(bundle.manifest.gate?.scalars ?? {}).length === 0) return used
  const [lowest = 0, highest = 0] = [bundle.axis.values[0], bundle.axis.values.at(-1)]
  const seen = axis.values.map(
    (at, j) => +(at >= lowest && at <= highest && [...spectra, ...paired].every((spectrum) => Number.isFinite(spectrum[j]))),
  )
  return [Math.min(used[0], Math.max(0, seen.indexOf(1))), Math.max(used[1], seen.lastIndexOf(1) + 1)]
}

/**
 * A transfer of the channels in the band; outside it the spectrum stays as it is.
 * @throws Failure DATA_INVALID as `fitPds` does, so where a spectrum has no value in the band.
 */
const fitTransfer = (
  slave: readonly Float64Array[],
  master: readonly Float64Array[],
  rows: readonly number[],
  [from, to]: readonly [number, number],
  halfWindow: number,
): PiecewiseStandardization => {
  const cut = (all: readonly Float64Array[]) => rows.map((n) => (all[n] ?? new Float64Array(0)).subarray(from, to))
  const { offsets, windows } = fitPds(cut(slave), cut(master), { halfWindow, rank: RANK })
  const channels = slave[0]?.length ?? 0
  return {
    method: 'pds',
    halfWindow,
    offsets: Array.from({ length: channels }, (_, j) => offsets[j - from] ?? 0),
    windows: Array.from({ length: channels }, (_, j) => {
      const first = Math.max(0, j - halfWindow)
      const own = windows[j - from]
      // The window of the band may be clipped where that of the whole axis is not.
      const start = Math.max(from, j - halfWindow)
      return Array.from({ length: Math.min(channels - 1, j + halfWindow) - first + 1 }, (_, k) =>
        own ? (own[first + k - start] ?? 0) : first + k === j ? 1 : 0,
      )
    }),
  }
}
