import { Failure } from '../../failures.js'
import type { Targets } from '../contract.js'

/**
 * Who counts how much in one training part. Spectra of one stratum weigh the same: with balanced priors each class is a stratum, else
 * all spectra are one. The weights of the training part sum to 1.
 */
export interface Strata {
  readonly count: number
  /** Stratum of every spectrum of the bench; -1 for one that has no class. */
  readonly of: Int32Array
  /** Weight of one training spectrum of each stratum. */
  readonly weight: Float64Array
}

/** The training part by class: how many spectra each has, and its share of the weight. */
export interface ClassCounts {
  readonly sizes: Float64Array
  readonly priors: Float64Array
}

/**
 * @throws Failure DATA_INVALID on fewer than two classes, on a class index out of range, and on a class without training spectra (which
 * no score of this training part could speak about).
 */
export const classCounts = ({ classes, truth, priors }: Extract<Targets, { kind: 'class' }>, train: readonly number[]): ClassCounts => {
  if (!(classes >= 2)) throw refused(`${classes} classes`, 'two classes or more')
  const sizes = new Float64Array(classes)
  for (const row of train) {
    const own = truth[row] ?? -1
    if (!(own >= 0 && own < classes)) throw refused(`class ${own} of spectrum ${row}`, `0 to ${classes - 1}`)
    sizes[own] = (sizes[own] ?? 0) + 1
  }
  const absent = sizes.indexOf(0)
  if (absent >= 0)
    throw refused(
      `class ${absent} without a spectrum in the training part`,
      'every class in every training part',
      'use fewer folds, or leave the class out',
    )
  return { sizes, priors: sizes.map((size) => (priors === 'balanced' ? 1 / classes : size / train.length)) }
}

export const strataOf = (targets: Targets, rows: number, train: readonly number[]): Strata => {
  if (targets.kind === 'value') return { count: 1, of: new Int32Array(rows), weight: Float64Array.of(1 / train.length) }
  const { sizes, priors } = classCounts(targets, train)
  if (targets.priors === 'empirical') return { count: 1, of: new Int32Array(rows), weight: Float64Array.of(1 / train.length) }
  const { classes, truth } = targets
  return {
    count: classes,
    of: Int32Array.from({ length: rows }, (_, row) => {
      const own = truth[row] ?? -1
      return own >= 0 && own < classes ? own : -1
    }),
    weight: priors.map((prior, c) => prior / (sizes[c] ?? 1)),
  }
}

/** @throws Failure DATA_INVALID where training spectra are missing, unknown, or without a value. */
export const checkTraining = (targets: Targets, rows: number, train: readonly number[]): void => {
  if (train.length === 0) throw refused('no training spectrum', 'one or more')
  const given = targets.kind === 'value' ? targets.values.length : targets.truth.length
  if (given !== rows) throw refused(`${given} targets for ${rows} spectra`, 'one a spectrum')
  for (const row of train) {
    if (!(Number.isInteger(row) && row >= 0 && row < rows)) throw refused(`spectrum ${row}`, `0 to ${rows - 1}`)
    if (targets.kind === 'value' && !Number.isFinite(targets.values[row]))
      throw refused(`the value ${targets.values[row]} of spectrum ${row}`, 'a number')
  }
}

const refused = (seen: string, allowed: string, cure?: string): Failure =>
  new Failure('DATA_INVALID', { where: 'targets of a linear model', seen, allowed, ...(cure === undefined ? {} : { cure }) })
