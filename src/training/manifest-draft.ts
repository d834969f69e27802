import type { Dataset } from '../datasets/folder.js'
import type { ConformalDraft, GateSpec, ManifestDraft } from '../models/manifest.js'
import type { Step } from '../preprocessing/contract.js'
import type { Figure, Finding } from './contract.js'
import type { Material } from './material.js'
import { sixDigits } from './prepare.js'
import type { Recipe, Target } from './recipe.js'

export interface DraftParts {
  readonly dataset: Dataset
  readonly recipe: Recipe
  readonly material: Material
  readonly chain: readonly Step[]
  readonly gate: GateSpec | null
  readonly temperature: number | null
  readonly conformal: ConformalDraft | null
  readonly figures: Readonly<Record<string, Figure>>
  /** Which candidate won, in words; null for an identity. */
  readonly winner: string | null
  /** The best linear model by the main figure. */
  readonly linear: Figure | null
  readonly findings: readonly Finding[]
}

/** Score that the only label must reach where too few objects bound the error otherwise. */
const FALLBACK_CONFIDENCE = 0.8

/** Characters of one finding in a bundle. */
const MAX_FINDING_LENGTH = 500

/** What the trainer says of a model. Numbers with six digits: what is judged is what is written. */
export const draftManifest = (parts: DraftParts): ManifestDraft => {
  const { dataset, recipe, material, chain, gate, temperature, conformal, figures, winner, linear, findings } = parts
  const { own, axis, quantity, geometry } = material
  const confidence = recipe.confidence ?? (conformal === null && own.task === 'class' ? FALLBACK_CONFIDENCE : null)
  return {
    id: recipe.id,
    version: recipe.version,
    title: recipe.title,
    task: own.task,
    outputs: { labels: [...own.labels], ...(own.task === 'value' ? { unit: own.unit ?? '' } : {}) },
    input: { quantity, geometry, axis: { kind: axis.kind, values: [...axis.values] } },
    chain: chain.map((step) => ({ ...step })),
    ...(temperature === null ? {} : { temperature: sixDigits(temperature) }),
    limits: {
      ...(confidence === null || own.task !== 'class' ? {} : { confidence }),
      ...(recipe.target.kind === 'value' && recipe.target.limits ? { interval: recipe.target.limits } : {}),
    },
    ...(gate ? { gate: shortened(gate) } : {}),
    ...calibration(conformal, own.task, recipe),
    ...(own.task === 'value' ? { range: rangeOf(own.values) } : {}),
    ...(recipe.decision ? { decision: recipe.decision } : {}),
    ...(own.task === 'class' && own.limits === null ? { priors: priorsOf(material, recipe) } : {}),
    provenance: {
      data: dataset.meta.title || dataset.name,
      dataSha256: dataset.sha256,
      citation: dataset.meta.citation || sourceOf(dataset),
      licence: dataset.meta.licence || 'not stated',
      target: recipe.target.column ?? 'none',
      classes: classesInWords(recipe.target),
      ...(own.limits ? { limits: [own.limits[0], own.limits[1]] } : {}),
      split: splitInWords(recipe),
      seed: recipe.seed,
      counts: countsInWords(recipe),
      figures: Object.fromEntries(Object.entries(figures).map(([name, figure]) => [name, rounded(figure)])),
      groups: recipe.group === null ? 'each spectrum alone' : `spectra with the same word in the column "${recipe.group}" stay together`,
      ...(winner === null ? {} : { winner }),
      ...(linear ? { linear: rounded(linear) } : {}),
      findings: findings.map(({ text }) => text.slice(0, MAX_FINDING_LENGTH)),
    },
  }
}

/**
 * Calibration scores. Labels without enough of them carry an empty list, so that each answer says so (flag `interval-unavailable`) and does not look like
 * one of a model that promises sets.
 */
const calibration = (conformal: ConformalDraft | null, task: ManifestDraft['task'], { coverage }: Recipe): Pick<ManifestDraft, 'conformal'> => {
  if (conformal) return { conformal: { ...conformal, ...scoresOf(conformal) } }
  if (task !== 'class') return {}
  return { conformal: { method: 'lac', alpha: sixDigits(1 - coverage), unit: 'spectrum', objects: 0, pooled: [], classes: {} } }
}

const rounded = ({ value, interval }: Figure): { value: number; interval: [number, number] | null } => ({
  value: sixDigits(value),
  interval: interval ? [sixDigits(interval[0]), sixDigits(interval[1])] : null,
})

const shortened = (gate: GateSpec): GateSpec => ({
  ...gate,
  mean: gate.mean.map(sixDigits),
  loadings: gate.loadings.map((row) => row.map(sixDigits)),
  eigenvalues: gate.eigenvalues.map(sixDigits),
  scalars: Object.fromEntries(Object.entries(gate.scalars).map(([name, [low, high]]) => [name, [sixDigits(low), sixDigits(high)]])),
  limits: { ...gate.limits, t2: sixDigits(gate.limits.t2), q: sixDigits(gate.limits.q) },
})

const scoresOf = ({ pooled, classes }: ConformalDraft): Pick<ConformalDraft, 'pooled' | 'classes'> => ({
  pooled: pooled.map(sixDigits),
  classes: Object.fromEntries(Object.entries(classes).map(([label, scores]) => [label, scores.map(sixDigits)])),
})

/** A value that never changes has no range: a little around it. */
const rangeOf = (values: readonly number[]): [number, number] => {
  const low = values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY)
  const high = values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY)
  return low < high ? [low, high] : [low - Math.abs(low || 1) * 1e-6, high + Math.abs(high || 1) * 1e-6]
}

const priorsOf = ({ own }: Material, { priors }: Recipe): number[] => {
  const counts = own.labels.map((_, label) => own.truth.filter((one) => one === label).length)
  const all = counts.reduce((sum, count) => sum + count, 0)
  return counts.map((count) => sixDigits(priors === 'balanced' ? 1 / counts.length : count / all))
}

const sourceOf = ({ meta }: Dataset): string =>
  ['repository', 'commit', 'path']
    .map((key) => meta.source[key])
    .filter((part) => typeof part === 'string')
    .join(' ')

const classesInWords = (target: Target): string => {
  if (target.kind === 'identity') return `all spectra are ${target.label}`
  if (target.kind === 'labels') return `the words of the column "${target.column}"`
  if (target.kind === 'value') return `the numbers of the column "${target.column}"${target.unit === '' ? '' : ` in ${target.unit}`}`
  const { column, unit, labels, limits } = target
  return `${labels[0]}: ${column} below ${limits[0]} ${unit}; ${labels[1]}: ${limits[0]} to ${limits[1]} ${unit}; ${labels[2]}: above ${limits[1]} ${unit}`
}

/** How a model was judged, in words. */
export const splitInWords = ({ split, repeats, folds, group }: Recipe): string => {
  const kept = group === null ? 'each spectrum alone' : `"${group}" kept together`
  const nested = `nested cross-validation, ${repeats} x ${folds} folds, ${kept}`
  if (split === null) return nested
  return 'column' in split
    ? `column "${split.column}": trained on ${split.train.join(', ')} (choices by ${nested}); judged on ${split.test.join(', ')}`
    : `${Math.round(split.share * 100)} % by chance judge, ${kept}; the rest trains (choices by ${nested})`
}

const countsInWords = ({ counts }: Recipe): string =>
  counts === null
    ? 'none: the spectra are taken as they are'
    : `emulated 16-bit counts (${counts.detector}): ${counts.integrationUs / 1000} ms, white behind optical density ${counts.density}, ` +
      `${counts.averages} frames averaged, ${counts.referenceAverages} for dark and white; fresh noise in each epoch`
