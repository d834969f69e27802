import { createHash } from 'node:crypto'
import type { Dataset, Row } from '../../datasets/folder.js'
import type { QuantityKind } from '../../datasets/meta.js'
import { Failure } from '../../failures.js'
import type { Manifest } from '../../models/manifest.js'
import type { Axis } from '../../spectrum/axis.js'
import type { Family } from '../contract.js'
import { type Recipe, recipeSchema } from '../recipe.js'
import { train } from '../train.js'
import { bareChain, pool } from './recalibrate.js'
import type { Labelled } from './standards.js'

/** Column that keeps copies of one standard, and its spectrum in the training data, on one side of every split. */
const GROUP = 'transfer object'

export interface PooledTask {
  readonly manifest: Manifest
  readonly axis: Axis
  readonly training: Labelled
  readonly standards: Labelled
  readonly copies: number
  readonly family: Family
  readonly column: string
  /** For the title and the provenance. */
  readonly names: { readonly training: Dataset; readonly standards: Dataset }
  readonly seed: number
  readonly progress: (what: string, part: number) => void
}

/** The bundle of pooled recalibration: the trainer itself, on training data and standards together, behind the chain of the old bundle. */
export const recalibratedBundle = async (task: PooledTask): Promise<Uint8Array> => {
  const { axis, seed, progress } = task
  const { bundle } = await train({ dataset: pooledSet(task), recipe: pooledRecipe(task, seed), axis, progress })
  return bundle
}

/** Spectra are ratios already; those without an absolute meaning stay counts. */
const pooledSet = ({ manifest, axis, training, standards, copies, column, names }: PooledTask): Dataset => {
  const { rows, groups, ids, spectra, truth, values, labels, task } = pool(training, standards, copies)
  const { quantity, geometry } = manifest.input
  const kind: QuantityKind = quantity === 'counts-per-ms' ? 'counts' : quantity
  const all = rows.map((_, n): Row => {
    const copy = Math.floor((n - training.ids.length) / standards.ids.length)
    const word = task === 'value' ? `${values[n]}` : (labels[truth[n] ?? 0] ?? '')
    return {
      id: n < training.ids.length ? `training ${ids[n]}` : `standard ${ids[n]}, ${copy + 1}`,
      labels: { [column]: word, [GROUP]: groups[n] ?? '' },
      values: spectra[n] ?? new Float64Array(0),
    }
  })
  const { citation, licence } = names.training.meta
  return {
    name: names.training.name,
    meta: {
      ...{ name: names.training.name, title: names.training.meta.title, citation, licence, source: {} },
      ...{ axis_kind: names.training.meta.axis_kind, quantity_kind: kind, geometry, rows: all.length, channels: axis.values.length },
      label_columns: [column, GROUP],
    },
    axis,
    rows: all,
    sha256: createHash('sha256').update(`${names.training.sha256} ${names.standards.sha256} ${copies}`).digest('hex'),
  }
}

/** What the old bundle says of itself, with the kind of model that was judged; no more is searched. */
const pooledRecipe = ({ manifest, family, column, names }: PooledTask, seed: number): Recipe => {
  const { id, version, title, task, outputs, gate, conformal, limits, decision } = manifest
  return recipeSchema.parse({
    id: `${id.slice(0, 64 - ENDING.length)}${ENDING}`,
    version,
    title: `${title}, recalibrated with ${names.standards.name}`.slice(0, 200),
    target:
      task === 'value'
        ? { kind: 'value', column, unit: outputs.unit ?? '', limits: limits.interval ?? null }
        : { kind: 'labels', column, minCount: 1 },
    group: GROUP,
    chains: [{ name: 'chain of the bundle', steps: bareChain(manifest) }],
    models: [family],
    ship: 'best',
    cnn: null,
    repeats: 1,
    permutations: 0,
    gate: { alpha: gate?.alpha ?? 0.01 },
    coverage: conformal ? 1 - conformal.alpha : 0.95,
    confidence: limits.confidence ?? null,
    decision: decision ?? null,
    seed,
  })
}

const ENDING = '-pooled'

/** Labels that are ranges of a number would become words: such a bundle could not be judged by numbers any more. */
export const expectNoRanges = ({ provenance }: Manifest): void => {
  if (provenance?.limits === undefined) return
  throw new Failure('DATA_INVALID', {
    where: 'pooled recalibration',
    seen: 'labels that are ranges of a number',
    allowed: 'labels that are words, or a value',
    cure: 'train anew with the recipe of the model and the standards in its data set',
  })
}
