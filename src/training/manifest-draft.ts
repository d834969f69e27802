import type { Dataset } from '../datasets/folder.js'
import type { GateSpec, ManifestDraft } from '../models/manifest.js'
import type { Step } from '../preprocessing/contract.js'
import type { Axis } from '../spectrum/axis.js'
import { sixDigits } from './prepare.js'
import type { Recipe, Target } from './recipe.js'

export interface DraftParts {
  readonly dataset: Dataset
  readonly recipe: Recipe
  readonly axis: Axis
  readonly labels: readonly string[]
  readonly chain: readonly Step[]
  readonly gate: GateSpec
  readonly temperature: number
  readonly figures: NonNullable<ManifestDraft['provenance']>['figures']
}

/** What the trainer says of a model. Numbers with six digits: what is judged is what is written. */
export const draftManifest = ({ dataset, recipe, axis, labels, chain, gate, temperature, figures }: DraftParts): ManifestDraft => ({
  id: recipe.id,
  version: recipe.version,
  title: recipe.title,
  task: 'class',
  outputs: { labels: [...labels] },
  input: { quantity: recipe.quantity, geometry: recipe.quantity, axis: { kind: axis.kind, values: [...axis.values] } },
  chain: chain.map((step) => ({ ...step })),
  temperature: sixDigits(temperature),
  limits: { confidence: recipe.confidence },
  gate: {
    ...gate,
    mean: gate.mean.map(sixDigits),
    loadings: gate.loadings.map((row) => row.map(sixDigits)),
    eigenvalues: gate.eigenvalues.map(sixDigits),
    scalars: Object.fromEntries(Object.entries(gate.scalars).map(([name, [low, high]]) => [name, [sixDigits(low), sixDigits(high)]])),
    limits: { t2: sixDigits(gate.limits.t2), q: sixDigits(gate.limits.q) },
  },
  provenance: {
    data: dataset.meta.title || dataset.name,
    dataSha256: dataset.sha256,
    citation: dataset.meta.citation || sourceOf(dataset),
    licence: dataset.meta.licence || 'not stated',
    target: recipe.target.column,
    classes: classesInWords(recipe.target),
    split: splitInWords(recipe),
    seed: recipe.seed,
    counts: countsInWords(recipe),
    figures,
  },
})

const sourceOf = ({ meta }: Dataset): string =>
  ['repository', 'commit', 'path']
    .map((key) => meta.source[key])
    .filter((part) => typeof part === 'string')
    .join(' ')

const classesInWords = (target: Target): string => {
  if (target.kind === 'labels') return `the words of the column "${target.column}"`
  const { column, unit, labels, limits } = target
  return `${labels[0]}: ${column} below ${limits[0]} ${unit}; ${labels[1]}: ${limits[0]} to ${limits[1]} ${unit}; ${labels[2]}: above ${limits[1]} ${unit}`
}

const splitInWords = ({ split }: Recipe): string =>
  'column' in split
    ? `column "${split.column}": trained on ${split.train.join(', ')}; judged on ${split.test.join(', ')}`
    : `${split.share * 100} % by chance, ${split.group === null ? 'each spectrum alone' : `"${split.group}" kept together`}`

const countsInWords = ({ counts }: Recipe): string =>
  counts === null
    ? 'none: the spectra are taken as they are'
    : `emulated 16-bit counts (${counts.detector}): ${counts.integrationUs / 1000} ms, white behind optical density ${counts.density}, ` +
      `${counts.averages} frames averaged, ${counts.referenceAverages} for dark and white; fresh noise in each epoch`
