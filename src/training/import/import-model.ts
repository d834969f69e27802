import { Failure } from '../../failures.js'
import { writeBundle } from '../../models/bundle.js'
import { answerGolden } from '../../models/golden.js'
import type { ConformalDraft } from '../../models/manifest.js'
import { leastComponents } from '../decision/answer-components.js'
import { fitConformal } from '../decision/conformal-fit.js'
import { fitJointGate } from '../decision/joint-gate.js'
import { drawingOf } from '../final/population.js'
import { goldenQuestions } from '../golden-set.js'
import { draftManifest } from '../manifest-draft.js'
import { seedOf, strataOf } from '../material.js'
import { measureBy } from '../prepare.js'
import { type Recipe, recipeSchema } from '../recipe.js'
import { foldsOf } from '../split.js'
import { chooseGraph } from './choose-graph.js'
import type { ImportTask } from './import-task.js'
import { outsideMaterial } from './outside-material.js'

export interface Imported {
  readonly bundle: Uint8Array
  readonly graph: 'int8' | 'fp32'
  /** Sentences for a person; they are in the bundle too. */
  readonly findings: readonly string[]
}

/** Golden scores may differ by this much, as those of a training do. */
const GOLDEN_TOLERANCE = 0.02

const FOLDS = 5

/**
 * A bundle around a net from elsewhere: quantized where that changes nothing that matters, its gate and golden spectra from `dataset`, and where `target` names
 * the truth, calibration scores from half of its objects (the other half gives the ranges of the quantizer).
 * @throws Failure DATA_INVALID or CHAIN_INVALID where net, chain, labels and data do not fit each other, BUNDLE_INVALID.
 */
export const importModel = async (plan: ImportTask): Promise<Imported> => {
  const { net, dataset, task, labels, target, seed } = plan
  const recipe = recipeOf(plan)
  const { material, prepared, truth, findings } = outsideMaterial(plan, recipe)
  const { own, axis, quantity } = material
  const rows = prepared.map(({ values }) => values)
  // Two halves by whole objects: ranges from one, calibration scores from the other.
  const halves = foldsOf(own.groups, strataOf(own), 2, seed)
  const isCalibrating = (n: number) => truth !== null && truth[n] !== null && halves[n] === 1
  const { graph, kind, outputs, text } = await chooseGraph({ net, task, rows, truth, isRange: (n) => truth === null || halves[n] === 0 })

  const held = outputs.flatMap((values, row) => (isCalibrating(row) ? [{ row, fold: 0, outputs: values, exact: values }] : []))
  const numbers = (truth ?? []).map((one) => one ?? Number.NaN)
  const folds = foldsOf(own.groups, strataOf(own), FOLDS, seed)
  const { components, alpha } = recipe.gate
  const gate = fitJointGate({
    ...{ rows, folds, groups: own.groups, alpha },
    leastComponents: await leastComponents({ task, graph, held, rows, folds, groups: own.groups, values: numbers, maxComponents: components }),
    scalars: Object.fromEntries(
      Object.keys(prepared[0]?.scalars ?? {}).map((name) => [name, prepared.map(({ scalars }) => scalars[name] ?? Number.NaN)]),
    ),
  })
  const conformal = fitConformal({
    task,
    labels,
    held,
    truth: numbers,
    values: numbers,
    groups: own.groups,
    accepted: gate.accepted,
    temperature: 1,
    seed,
  })
  const told = [text, ...findings, calibrationText(conformal, target)]
  const manifest = manifestOf(plan, recipe, { material, gate: gate.spec, conformal: conformal.spec, told })
  const drawing = drawingOf(
    own,
    axis,
    quantity !== 'counts-per-ms',
    {
      name: plan.id,
      source: `${own.ids.length} spectra of ${dataset.meta.title || dataset.name}. ${dataset.meta.licence}`,
      components: recipe.population.components,
    },
    seedOf(recipe, 1),
  )
  const questions = goldenQuestions({
    ...{ objects: drawing.objects, mean: drawing.mean, ratio: quantity !== 'counts-per-ms', labels, edges: [], unit: plan.unit },
    ...{ measure: measureBy(null, axis.values.length), random: seedOf(recipe, 2) },
  })
  const cases = await answerGolden(manifest, graph, questions)
  return { bundle: writeBundle({ manifest, graph, golden: { tolerance: GOLDEN_TOLERANCE, cases } }), graph: kind, findings: told }
}

/** What a training would have been told, as far as the rest of the trainer asks for it. */
const recipeOf = ({ id, version, title, task, labels, unit, target, group, seed }: ImportTask): Recipe => {
  const column = target ?? 'none'
  const outcome = recipeSchema.safeParse({
    ...{ id, version, title, group, seed },
    target: task === 'value' ? { kind: 'value', column: labels[0] ?? '', unit } : { kind: 'labels', column },
  })
  if (outcome.success) return outcome.data
  const [issue] = outcome.error.issues
  throw new Failure('USAGE', {
    where: `--${String(issue?.path[0] ?? '')}`,
    seen: issue?.message ?? 'something else',
    allowed: 'as the help of the command says',
  })
}

interface Decided {
  readonly material: Parameters<typeof draftManifest>[0]['material']
  readonly gate: ReturnType<typeof fitJointGate>['spec']
  readonly conformal: ConformalDraft | null
  readonly told: readonly string[]
}

const manifestOf = ({ dataset, chain, target, task, labels }: ImportTask, recipe: Recipe, { material, gate, conformal, told }: Decided) => {
  const draft = draftManifest({
    ...{ dataset, recipe, material, chain, gate, conformal, temperature: null, figures: {}, winner: null, linear: null },
    findings: told.map((text) => ({ code: 'import', text, ids: [], count: 0 })),
  })
  // Nobody knows what it was trained on: neither the shares of its classes nor the range of its values.
  const { priors: _, range: __, provenance, ...rest } = draft
  if (provenance === undefined) return rest
  const own = {
    target: target ?? 'none',
    classes:
      task === 'class' ? `${labels.length} outputs of an imported net: ${labels.join(', ')}` : `one output of an imported net: ${labels[0] ?? ''}`,
    split: 'imported: trained elsewhere; gate and golden spectra are from the data named here',
  }
  return { ...rest, provenance: { ...provenance, ...own } }
}

const calibrationText = ({ reason }: { readonly reason: string | null }, target: string | null): string =>
  target === null
    ? 'Not calibrated: no column of the truth was named.'
    : (reason ?? `Calibrated on half of the objects by the column "${target}": valid only if the net was not trained on them.`)
