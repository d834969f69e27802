import { MAX_STANDARDS } from '../../calibration/transfer/contract.js'
import type { Dataset, Row } from '../../datasets/folder.js'
import { Failure } from '../../failures.js'
import type { Manifest } from '../../models/manifest.js'
import type { Axis } from '../../spectrum/axis.js'
import { truthOf } from '../evaluation/truth.js'
import { groupOf } from '../examples.js'
import type { Part } from '../material.js'
import { spectraOf } from '../spectra.js'

/** Fewer objects leave nothing to judge by once one of them is left out. */
export const MIN_OBJECTS = 3

/** Labelled rows of a set, as the model names what it answers. Classes that are ranges of a number are classes by name here. */
export interface Labelled extends Part {
  readonly rows: readonly Row[]
}

/**
 * Rows whose reference is known, with their spectra on `axis` in the quantity of a measurement; labels that the model does not have are left out.
 * @throws Failure DATA_INVALID where there are none, or the axes are of different kinds.
 */
export const labelledOf = (
  dataset: Dataset,
  manifest: Manifest,
  { column, group, axis }: { readonly column: string | null; readonly group: string | null; readonly axis: Axis },
): Labelled => {
  const { task, outputs } = manifest
  const truth = truthOf(dataset, manifest, { column, limits: null })
  const classOf = (n: number) => outputs.labels.indexOf(truth.labels[n] ?? '')
  const known = dataset.rows.map((_, n) => n).filter((n) => (task === 'value' ? (truth.values[n] ?? null) !== null : classOf(n) >= 0))
  const rows = known.flatMap((n) => dataset.rows[n] ?? [])
  if (rows.length === 0)
    throw new Failure('DATA_INVALID', {
      where: dataset.name,
      seen: 'no spectrum with a reference that the model knows',
      allowed: outputs.labels.join(', '),
    })
  return {
    task,
    labels: outputs.labels,
    unit: outputs.unit ?? null,
    limits: null,
    ids: rows.map(({ id }) => id),
    groups: rows.map((row) => groupOf(row, group)),
    truth: known.map((n) => (task === 'value' ? 0 : classOf(n))),
    values: known.map((n) => truth.values[n] ?? Number.NaN),
    spectra: spectraOf(dataset, rows, axis).values,
    rows,
  }
}

/** @throws Failure DATA_INVALID: too few objects or too many spectra. Returns the number of objects. */
export const expectStandards = ({ name }: Dataset, { groups }: Labelled): number => {
  const objects = new Set(groups).size
  if (objects >= MIN_OBJECTS && groups.length <= MAX_STANDARDS) return objects
  throw new Failure('DATA_INVALID', {
    where: `${name}, standards`,
    seen: `${objects} ${objects === 1 ? 'object' : 'objects'} with a reference, ${groups.length} spectra`,
    allowed: `at least ${MIN_OBJECTS} objects, at most ${MAX_STANDARDS} spectra`,
    cure: objects < MIN_OBJECTS ? 'measure more standards, over the whole range of the model' : 'leave some of them out',
  })
}

/** Rows of each object, in the order of their first row. */
export const objectsOf = ({ groups }: Pick<Part, 'groups'>): readonly (readonly number[])[] => {
  const objects = new Map<string, number[]>()
  groups.forEach((group, n) => {
    objects.set(group, [...(objects.get(group) ?? []), n])
  })
  return [...objects.values()]
}

/** All rows of a part but these. */
export const without = (count: number, left: readonly number[]): readonly number[] => {
  const out = new Set(left)
  return Array.from({ length: count }, (_, n) => n).filter((n) => !out.has(n))
}
