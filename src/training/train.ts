import type { Dataset } from '../datasets/folder.js'
import type { Population } from '../datasets/population.js'
import { Failure } from '../failures.js'
import { writeBundle } from '../models/bundle.js'
import { checkManifest } from '../models/bundle-rules.js'
import { answerGolden } from '../models/golden.js'
import { openModel } from '../models/load.js'
import type { Axis } from '../spectrum/axis.js'
import { seededRandom } from '../spectrum/random.js'
import { crossFit } from './cross-fit.js'
import { classOf, labelled } from './examples.js'
import { fitGate } from './gate-fit.js'
import { goldenQuestions } from './golden-set.js'
import { draftManifest } from './manifest-draft.js'
import { trainNetwork } from './network.js'
import { fitPopulation } from './population-fit.js'
import { centerScaleOf, measureBy, type Prepared, preparer, ratiosOnAxis, sixDigits } from './prepare.js'
import type { Recipe } from './recipe.js'
import { foldsOf, splitRows } from './split.js'
import { fitTemperature } from './temperature.js'
import { judgeTest, type Report } from './test-figures.js'

export interface TrainTask {
  readonly dataset: Dataset
  readonly recipe: Recipe
  /** Axis of the instrument that will measure; null: that of the data. */
  readonly axis: Axis | null
  /** Told of each step: what is done, and how far it is, 0 to 1. */
  readonly progress?: (what: string, part: number) => void
  readonly signal?: AbortSignal
}

export interface Trained {
  readonly bundle: Uint8Array
  readonly population: Population
  readonly report: Report
}

/** Quantities that become a ratio with an absolute meaning. */
const RATIO_KINDS: readonly string[] = ['absorbance', 'reflectance', 'reflectance-percent', 'transmittance']

/** Noise may leave a ratio at or below zero, which has no absorbance. */
const SMALLEST_RATIO = 1e-8

/** Golden scores may differ by this much: a rounding of one int8 step, should a processor's last digit differ before it. */
const GOLDEN_TOLERANCE = 0.02

/**
 * Data set and recipe in, bundle and report out. The same data, recipe and software give the same bytes: all chance comes from the seed.
 * @throws Failure DATA_INVALID, CHAIN_INVALID, PART_MISSING without TF.js, ABORTED, or BUNDLE_SELFTEST where int8 and fp32 disagree too often.
 */
export const train = async ({ dataset, recipe, axis: instrumentAxis, progress, signal }: TrainTask): Promise<Trained> => {
  const tell = progress ?? (() => undefined)
  if (!RATIO_KINDS.includes(dataset.meta.quantity_kind))
    throw new Failure('DATA_INVALID', { where: dataset.name, seen: `quantity_kind "${dataset.meta.quantity_kind}"`, allowed: RATIO_KINDS.join(', ') })
  const axis = instrumentAxis ?? dataset.axis
  const examples = labelled(dataset, recipe.target)
  const measure = measureBy(recipe.counts, axis.values.length)
  const random = seededRandom(recipe.seed)

  tell('spectra through counts and chain', 0)
  const ratios = ratiosOnAxis(dataset, examples.rows, axis)
  const bare = preparer(recipe.chain, axis)
  const usable = ratios.map((ratio) => bare.prepare(ratio) !== null)
  const split = splitRows(
    examples.rows,
    examples.truth.map((label) => examples.labels[label] ?? ''),
    recipe.split,
    recipe.seed,
  )
  const pick = (part: readonly number[]) => {
    const rows = part.filter((n) => usable[n])
    return {
      ratios: rows.map((n) => ratios[n] ?? new Float64Array(0)),
      truth: rows.map((n) => examples.truth[n] ?? 0),
      values: rows.map((n) => examples.values[n] ?? 0),
      groups: rows.map((n) => groupOf(recipe, examples.rows[n]?.labels ?? {}, n)),
    }
  }
  const own = pick(split.train)
  const test = pick(split.test)
  const unfit = usable.filter((fit) => !fit).length
  if (own.ratios.length === 0 || test.ratios.length === 0)
    throw new Failure('DATA_INVALID', {
      where: dataset.name,
      seen: `${unfit} of ${usable.length} spectra with a missing value where the chain needs one, or flat`,
      allowed: 'whole spectra on the axis of the recipe',
    })
  const folds = foldsOf(
    own.groups,
    own.truth.map((label) => `${label}`),
    recipe.folds,
    recipe.seed,
  )

  // Every object measured several times over: what the linear model, the gate and the quantizer are fitted to.
  const drawn = own.ratios.flatMap((ratio, n) =>
    Array.from({ length: recipe.draws.train }, () => ({ n, prepared: bare.prepare(measure(ratio, random)) })).filter(isFit),
  )
  const centerScale = centerScaleOf(
    drawn.map(({ prepared }) => prepared.values),
    recipe.scaleFloor,
  )
  const steps = [...recipe.chain, centerScale]
  const { output, prepare } = preparer(steps, axis)
  const channels = output.values.length
  const scaler = preparer([centerScale], bare.output)
  const scaled = drawn.map(({ n, prepared }) => ({ n, values: scaler.prepare(prepared.values)?.values ?? prepared.values }))

  // What needs no network comes first: a set too small for it is refused before the long part.
  tell('gate', 0)
  const names = Object.keys(drawn[0]?.prepared.scalars ?? {})
  const gate = fitGate({
    rows: scaled.map(({ values }) => values),
    folds: scaled.map(({ n }) => folds[n] ?? 0),
    objects: new Set(own.groups).size,
    scalars: Object.fromEntries(names.map((name) => [name, drawn.map(({ prepared }) => prepared.scalars[name] ?? Number.NaN)])),
    k: recipe.gate.components,
    alpha: recipe.gate.alpha,
    margin: recipe.gate.margin,
  })

  tell('statistical model', 0)
  const { target } = recipe
  const population = fitPopulation({
    name: recipe.id,
    source: `${own.ratios.length} spectra of ${dataset.meta.title || dataset.name}. ${dataset.meta.licence}`,
    axis,
    rows: own.ratios.map((ratio) => ratio.map((value) => -Math.log10(Math.max(value, SMALLEST_RATIO)))),
    assays: own.values,
    unit: target.kind === 'limits' ? target.unit : 'class',
    components: recipe.population.components,
  })

  const shared = { recipe, labels: examples.labels, measure, prepare, channels, ...(signal ? { signal } : {}) }
  const held = await crossFit({ ...shared, ...own, folds, scaled, random, tell: (part) => tell('cross-fit of the network', part) })
  const temperature = fitTemperature(held.logits, held.truth)
  const network = await trainNetwork({
    ...shared,
    ...own,
    calibration: scaled.map(({ values }) => values),
    seed: recipe.seed,
    progress: (epoch, epochs) => tell('the network', epoch / epochs),
  })

  tell('figures', 0)
  const parts = { dataset, recipe, axis, labels: examples.labels, chain: steps, gate, temperature }
  const draft = draftManifest({ ...parts, figures: {} })
  const model = await openModel({ manifest: draft, graph: network.int8, ...checkManifest(draft, recipe.id) })
  const report = await judgeTest({
    ...shared,
    prepareBare: bare.prepare,
    model,
    network,
    own: { ...own, folds },
    test,
    leftOut: { unlabelled: examples.unlabelled, unfit },
    held,
    population,
    random,
  }).finally(() => model.close())

  tell('golden spectra', 0)
  const questions = goldenQuestions({
    population,
    classOf: (assay) => (target.kind === 'limits' ? classOf(assay, target.limits) : Math.round(assay)),
    labels: examples.labels,
    edges: target.kind === 'limits' ? target.limits : [],
    measure,
    random: seededRandom(recipe.seed + 1),
  })
  const manifest = draftManifest({ ...parts, figures: rounded(report.figures) })
  const cases = await answerGolden(manifest, network.int8, questions)
  const bundle = writeBundle({ manifest, graph: network.int8, golden: { tolerance: GOLDEN_TOLERANCE, cases } })
  return { bundle, population, report }
}

const rounded = (figures: Report['figures']): Report['figures'] =>
  Object.fromEntries(
    Object.entries(figures).map(([name, { value, interval }]) => [
      name,
      { value: sixDigits(value), interval: interval ? [sixDigits(interval[0]), sixDigits(interval[1])] : null },
    ]),
  )

const isFit = (draw: { n: number; prepared: Prepared | null }): draw is { n: number; prepared: Prepared } => draw.prepared !== null

/** Rows of one object stay in one fold where the recipe names a column for it. */
const groupOf = ({ split }: Recipe, labels: Readonly<Record<string, string>>, n: number): string => {
  const word = 'group' in split && split.group !== null ? labels[split.group] : undefined
  return word ? `group ${word}` : `row ${n}`
}
