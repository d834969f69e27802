import { auditLabels } from '../datasets/audit.js'
import type { Dataset } from '../datasets/folder.js'
import type { Population } from '../datasets/population.js'
import { Failure } from '../failures.js'
import { writeBundle } from '../models/bundle.js'
import { checkManifest } from '../models/bundle-rules.js'
import { answerGolden } from '../models/golden.js'
import { openModel } from '../models/open.js'
import type { Axis } from '../spectrum/axis.js'
import { seededRandom } from '../spectrum/random.js'
import { defaultChains } from './default-chains.js'
import { decisionOf } from './final/decision.js'
import { type FinalModel, identityModel, linearModel, networkModel } from './final/model.js'
import { drawingOf } from './final/population.js'
import { reportOf } from './final/report-of.js'
import { goldenQuestions } from './golden-set.js'
import { draftManifest } from './manifest-draft.js'
import { type Material, materialOf } from './material.js'
import type { Recipe } from './recipe.js'
import type { Report } from './report.js'
import { type Scale, scaleOf } from './scale.js'
import { planRepeats } from './search/folds.js'
import { type Samples, samplesOf } from './search/samples.js'
import { type Search, search } from './search/search.js'

export interface TrainTask {
  readonly dataset: Dataset
  readonly recipe: Recipe
  /** Axis of the instrument that will measure; null: that of the data. */
  readonly axis: Axis | null
  /** Told of each step: what is done, and how far it is, 0 to 1. */
  readonly progress?: (what: string, part: number) => void
  /** Ends the search and finishes with the best so far, as soon as there is one. */
  readonly finish?: AbortSignal
  /** Ends everything at once: ABORTED. */
  readonly signal?: AbortSignal
}

export interface Trained {
  readonly bundle: Uint8Array
  readonly population: Population
  readonly report: Report
}

/** Golden scores may differ by this much: a rounding of one int8 step, should a processor's last digit differ before it. */
const GOLDEN_TOLERANCE = 0.02

/**
 * Data set and recipe in, bundle and report out: candidates by nested cross-validation, the winner fitted to all training spectra, its gate and
 * its calibration scores on what ships. The same data, recipe and software give the same bytes: all chance comes from the seed.
 * @throws Failure DATA_INVALID, CHAIN_INVALID, PART_MISSING without TF.js where a network must ship, ABORTED, or BUNDLE_SELFTEST where int8 and
 * fp32 disagree too often.
 */
export const train = async (task: TrainTask): Promise<Trained> => {
  const { dataset, recipe } = task
  const tell = task.progress ?? (() => undefined)
  const signal = task.signal ?? new AbortController().signal
  const finish = task.finish ?? new AbortController().signal
  expectGoing(signal)
  const { warnings } = auditLabels(dataset, recipe.target.column, recipe.group, auditFor(recipe))

  tell('spectra through the chains', 0)
  const material = materialOf(dataset, recipe, task.axis)
  const scale = usualOf(material)
  const plans = recipe.chains ?? defaultChains(material.axis, material, scale, material.own.task)
  const samples = samplesOf(material, plans, recipe.chains === null, recipe, dataset.name, seededRandom(recipe.seed))
  const found = samples.samples.task === 'identity' ? null : await search({ material, recipe, samples, tell, signal, finish })

  tell('the model of the bundle', 0)
  const model = await modelOf(found, material, samples, recipe, tell, signal)
  expectGoing(signal)
  tell('gate and calibration', 0)
  const decision = await decisionOf(model, samples.samples, recipe)

  tell('statistical model', 0)
  const ratio = material.quantity !== 'counts-per-ms'
  const random = seededRandom(recipe.seed + 2)
  const source = `${samples.own.ids.length} spectra of ${dataset.meta.title || dataset.name}. ${dataset.meta.licence}`
  const drawing = drawingOf(
    samples.own,
    material.axis,
    ratio,
    { name: recipe.id, source, components: recipe.population.components, smallest: scale.smallest },
    random,
  )

  const parts = {
    dataset,
    recipe,
    material,
    chain: model.steps,
    gate: decision.spec,
    temperature: decision.temperature,
    conformal: decision.conformal,
  }
  const draft = draftManifest({ ...parts, figures: {}, winner: null, linear: null, findings: [] })
  const open = await openModel({ manifest: draft, graph: model.graph, ...checkManifest(draft, recipe.id) })
  const report = await reportOf({
    ...{ dataset, recipe, material, samples, search: found, model, decision, open, drawing, tell, draft },
    findings: [...warnings, ...material.findings, ...samples.findings, ...(found?.findings ?? []), ...decision.findings],
    signal,
  }).finally(() => open.close())

  tell('golden spectra', 0)
  const { target } = recipe
  const questions = goldenQuestions({
    ...{ objects: drawing.objects, mean: drawing.mean, ratio, smallest: scale.smallest, labels: samples.own.labels, measure: material.measure },
    edges: (target.kind === 'limits' || target.kind === 'value') && target.limits ? target.limits : [],
    unit: samples.own.unit ?? '',
    random: seededRandom(recipe.seed + 1),
  })
  const manifest = draftManifest({
    ...{ ...parts, figures: report.figures, findings: report.findings },
    winner: report.winner.text,
    linear: report.figures['linear'] ?? null,
  })
  const cases = await answerGolden(manifest, model.graph, questions)
  const bundle = writeBundle({ manifest, graph: model.graph, golden: { tolerance: GOLDEN_TOLERANCE, cases } })
  return { bundle, population: drawing.population, report }
}

const expectGoing = ({ aborted }: AbortSignal): void => {
  if (aborted) throw new Failure('ABORTED', { where: 'training' })
}

/** The model that won, on all training spectra. */
const modelOf = async (
  found: Search | null,
  material: Material,
  samples: Samples,
  recipe: Recipe,
  tell: (what: string, part: number) => void,
  signal: AbortSignal,
): Promise<FinalModel> => {
  if (found === null) {
    const [chain] = samples.chains.filter(({ name }) => name === IDENTITY_CHAIN).concat(samples.chains)
    const [repeat] = planRepeats(samples.samples, recipe.folds, 1, recipe.seed)
    if (chain && repeat) return identityModel(chain, repeat.folds, samples.samples, recipe)
  }
  const network = found?.wins === 'cnn' ? found.networks[0]?.network : undefined
  if (!found || !network || recipe.cnn === null) {
    if (!found) throw new Failure('INVARIANT', { where: 'training', seen: 'no chain' })
    return linearModel(found, samples.samples, recipe)
  }
  return networkModel(network, {
    ...{ recipe, cnn: recipe.cnn, chain: network.chain, repeat: network.repeat, tell, signal },
    ...{ axis: material.axis, ratio: material.quantity !== 'counts-per-ms' },
    ...{ own: samples.own, samples: samples.samples, of: samples.of },
  })
}

/** Of the default chains, the one that an identity is looked at behind: nothing tells which is best where there is nothing to tell apart. */
const IDENTITY_CHAIN = 'first derivative, snv'

const auditFor = ({ target }: Recipe): { task: 'class' | 'value' | 'identity'; minCount?: number } => {
  if (target.kind === 'labels') return { task: 'class', minCount: target.minCount }
  return { task: target.kind === 'identity' ? 'identity' : 'value' }
}

/** What is usual among the spectra that may be learnt from: their level, and what is nothing beside it. */
export const usualOf = ({ own }: Material): Scale => scaleOf(own.spectra)
