import type { Dataset } from '../datasets/folder.js'
import type { Axis } from '../spectrum/axis.js'
import { type Random, seededRandom } from '../spectrum/random.js'
import type { Finding, Subjects } from './contract.js'
import { type Examples, examplesOf } from './examples.js'
import { type Measure, measureBy } from './prepare.js'
import type { Recipe } from './recipe.js'
import type { Report } from './report.js'
import { type MeasuredAs, spectraOf } from './spectra.js'
import { splitRows } from './split.js'

/** Subjects with their spectra in the quantity of the bundle, one entry a spectrum in every list. */
export interface Part extends Subjects {
  readonly spectra: readonly Float64Array[]
}

/** What a training works on: what it may learn from, and what is held back to judge at the end. */
export interface Material extends MeasuredAs {
  readonly axis: Axis
  readonly own: Part
  readonly test: Part | null
  readonly leftOut: Examples['leftOut']
  readonly findings: readonly Finding[]
  readonly measure: Measure
}

/**
 * A data set as the recipe wants it: rows with labels, in the quantity of the bundle, replicates averaged where asked for, split where asked for.
 * @throws Failure DATA_INVALID as examplesOf, spectraOf and splitRows do.
 */
export const materialOf = (dataset: Dataset, recipe: Recipe, instrument: Axis | null): Material => {
  const examples = examplesOf(dataset, recipe)
  const { quantity, geometry, axis, values: spectra, findings } = spectraOf(dataset, examples.rows, instrument)
  const all: Part = { ...examples, ids: examples.rows.map(({ id }) => id), spectra }
  const split = recipe.split && splitRows(examples.rows, strataOf(all), all.groups, recipe.split, recipe.seed)
  const part = (rows: readonly number[]) => (recipe.replicates === 'average' ? averaged(picked(all, rows)) : picked(all, rows))
  return {
    quantity,
    geometry,
    axis,
    own: part(split ? split.train : all.ids.map((_, n) => n)),
    test: split && part(split.test),
    leftOut: examples.leftOut,
    findings,
    measure: measureBy(recipe.counts, axis.values.length),
  }
}

/** The chosen entries of every list. */
export const picked = (part: Part, rows: readonly number[]): Part => ({
  task: part.task,
  labels: part.labels,
  unit: part.unit,
  limits: part.limits,
  ids: rows.map((n) => part.ids[n] ?? ''),
  groups: rows.map((n) => part.groups[n] ?? ''),
  truth: rows.map((n) => part.truth[n] ?? 0),
  values: rows.map((n) => part.values[n] ?? Number.NaN),
  spectra: rows.map((n) => part.spectra[n] ?? new Float64Array(0)),
})

/** Each spectrum measured `draws` times over; one draw without counts is the spectrum itself. Draws of one spectrum stand side by side. */
export const measured = (part: Part, measure: Measure, draws: number, random: Random): Part => {
  const rows = part.ids.flatMap((_, n) => new Array<number>(draws).fill(n))
  return { ...picked(part, rows), spectra: rows.map((n) => measure(part.spectra[n] ?? new Float64Array(0), random)) }
}

/** By what splits are kept even: the class, or a fifth of the range of ranks of the value. */
export const strataOf = ({ task, limits, truth, values }: Subjects): string[] => {
  if (task !== 'value' && limits === null) return truth.map((label) => `${label}`)
  const ranks = values.map((_, n) => n).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0) || a - b)
  const strata = new Array<string>(values.length).fill('')
  ranks.forEach((n, rank) => {
    strata[n] = limits ? `${truth[n]}` : `${Math.floor((VALUE_STRATA * rank) / values.length)}`
  })
  return strata
}

const VALUE_STRATA = 5

/** One spectrum for all of a group and label (and value): their mean, under the id of the first. */
const averaged = (part: Part): Part => {
  const sets = new Map<string, number[]>()
  part.ids.forEach((_, n) => {
    const key = JSON.stringify([part.groups[n], part.truth[n], `${part.values[n]}`])
    sets.set(key, [...(sets.get(key) ?? []), n])
  })
  const rows = [...sets.values()]
  const first = picked(
    part,
    rows.map(([n = 0]) => n),
  )
  return {
    ...first,
    spectra: rows.map((set, k) =>
      (first.spectra[k] ?? new Float64Array(0)).map((_, i) => set.reduce((sum, n) => sum + (part.spectra[n]?.[i] ?? Number.NaN) / set.length, 0)),
    ),
  }
}

/** Ids and reasons of spectra that took no part, as a report lists them. */
export type LeftOut = Report['leftOut']

/** Seeds of the parts of one training are apart from each other, so that none sees the numbers of another. */
export const seedOf = (recipe: Recipe, part: number): Random => seededRandom((recipe.seed + 0x9e3779b9 * part) >>> 0)
