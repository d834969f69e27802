import { setImmediate as nextTurn } from 'node:timers/promises'
import { Failure } from '../../failures.js'
import { buildChain } from '../../preprocessing/chain.js'
import { seededRandom } from '../../spectrum/random.js'
import type { Figure, Finding } from '../contract.js'
import { findOutliers } from '../decision/outliers.js'
import { splitInWords } from '../manifest-draft.js'
import type { Part } from '../material.js'
import { MAX_LISTED, type Report } from '../report.js'
import type { Samples } from '../search/samples.js'
import type { Search } from '../search/search.js'
import { findingsOf, permutationOf } from './checks.js'
import { type JudgedFigures, judgedFigures } from './figures-of.js'
import { judgeTest, populationFigure, type TestPart } from './judge-test.js'
import { dataIn, modelIn } from './report-parts.js'
import type { ReportTask } from './report-task.js'
import { drawnSpectra } from './spectra-drawn.js'
import { candidateFigures, linearFigure, winnerOf } from './winner.js'

/** Judges what was trained, and writes down everything that a person should know of it. */
export const reportOf = async (task: ReportTask): Promise<Report> => {
  const { dataset, recipe, material, samples, search, model, decision, tell, signal } = task
  const part = samples.samples
  const random = seededRandom(recipe.seed + 3)
  const turn = async () => {
    await nextTurn()
    if (signal.aborted) throw new Failure('ABORTED', { where: 'training' })
  }
  tell('figures', 0)
  const cross = judgedFigures(part, forcedBy(task), decision.judged, random)
  const test = material.test ? await judgeTest({ ...task, part: material.test, random }) : null
  const shown = test?.judged ?? cross
  const checks = { dataset, recipe, samples: part, search, tell, turn }
  const checked = search
    ? await findingsOf(
        { ...checks, search },
        cross.perClass.map(({ recall }) => recall.value),
      )
    : []
  const permutation = search ? await permutationOf({ ...checks, search }) : null
  const { outliers, findings: outlying } = findOutliers(outlierTask(task))
  const winner = winnerOf(task)
  return {
    schema: 'report/1',
    model: modelIn(task),
    data: dataIn(task),
    split: {
      text: splitInWords(recipe),
      basis: test ? 'test' : 'cross-validation',
      repeats: search && model.kind === 'linear' ? search.best.repeats.length : 1,
      folds: new Set(model.folds).size,
      seed: recipe.seed,
      train: { spectra: samples.own.ids.length, objects: new Set(samples.own.groups).size },
      test: material.test && { spectra: material.test.ids.length, objects: new Set(material.test.groups).size },
    },
    stoppedEarly: search?.stoppedEarly ?? false,
    findings: [...stopped(search), ...checked, ...task.findings, ...outlying],
    leftOut: { ...material.leftOut, unfit: unfitOf(samples, test) },
    outliers: outliers.slice(0, MAX_LISTED).map(({ id, reason }) => ({ id, reason })),
    candidates: search ? candidateFigures(search, part) : [],
    winner,
    figures: { ...named(part, cross, test?.judged ?? null), ...(await furtherFigures(task, random)) },
    nominal: decision.conformal ? recipe.coverage : null,
    ...{ perClass: shown.perClass, confusion: shown.confusion, predicted: shown.predicted, reliability: shown.reliability },
    permutation,
    gate: {
      alpha: recipe.gate.alpha,
      components: decision.spec.k,
      objects: decision.spec.objects,
      scalars: Object.keys(decision.spec.scalars),
      accepted: decision.gate.accepted.filter((accepted) => accepted).length / decision.gate.accepted.length,
    },
    refused: test?.refused ?? refusedIn(task),
    spectra: spectraIn(task),
  }
}

/** Forced answers by row of the samples, one list a repeat. */
const forcedBy = ({ search, model, samples }: ReportTask): readonly ArrayLike<number>[] => {
  if (!search) return [samples.samples.ids.map(() => 0)]
  const network = model.kind === 'cnn' ? search.networks[0]?.network : undefined
  return network ? [network.answers] : search.best.repeats.map(({ answers }) => answers)
}

/** Names as `explained` has them: about the test part where there is one, `-cv` beside. */
const named = ({ task }: Part, cross: JudgedFigures, test: JudgedFigures | null): Record<string, Figure> => {
  const own = { ...(test ?? cross).figures }
  const crossed = cross.figures
  if (task === 'value') {
    const { rmse, ...rest } = own
    return { ...(test && rmse ? { rmsep: rmse } : {}), ...(crossed['rmse'] ? { rmsecv: crossed['rmse'] } : {}), ...rest }
  }
  return { ...own, ...(test && crossed['balanced-accuracy'] ? { 'balanced-accuracy-cv': crossed['balanced-accuracy'] } : {}) }
}

const furtherFigures = async (task: ReportTask, random: ReturnType<typeof seededRandom>): Promise<Record<string, Figure>> => {
  const { search, samples, model, recipe } = task
  const part = samples.samples
  const figures: Record<string, Figure> = {}
  if (search && model.kind === 'linear') {
    const { figures: own } = judgedFigures(
      part,
      search.linear.procedure.map(({ answers }) => answers),
      [],
      random,
    )
    const name = part.task === 'value' ? 'rmse' : 'balanced-accuracy'
    const shown = part.task === 'value' ? 'rmsecv-procedure' : 'balanced-accuracy-procedure'
    if (own[name]) figures[shown] = own[name]
  }
  if (search && model.kind === 'cnn') figures['linear'] = linearFigure(search, part, random)
  if (model.agreement !== null) figures[part.task === 'value' ? 'rms-int8-fp32' : 'agreement-int8-fp32'] = { value: model.agreement, interval: null }
  if (recipe.counts !== null && part.task === 'class') figures['balanced-accuracy-population'] = await populationFigure(task, random)
  return figures
}

const stopped = (search: Search | null): readonly Finding[] =>
  search?.stoppedEarly
    ? [
        {
          code: 'stopped-early',
          text: 'The search was stopped on request: the best model so far was finished, others were not tried.',
          ids: [],
          count: 0,
        },
      ]
    : []

const unfitOf = (samples: Samples, test: TestPart | null): Report['leftOut']['unfit'] => {
  const unfit = test?.unfit ?? []
  return { count: samples.unfit.count + unfit.length, ids: [...samples.unfit.ids, ...unfit].slice(0, MAX_LISTED) }
}

const outlierTask = ({ samples, decision }: ReportTask): Parameters<typeof findOutliers>[0] => {
  const part = samples.samples
  const answers = new Map(decision.judged.map((own) => [own.row, own]))
  const residuals = part.task === 'value' ? part.values.map((value, n) => (answers.get(n)?.answer ?? Number.NaN) - value) : null
  const scores = part.ids.map((_, n) => answers.get(n)?.scores ?? null)
  return { ids: part.ids, q: decision.gate.q, residuals, answers: part.task === 'class' ? { scores, truth: part.truth, labels: part.labels } : null }
}

const refusedIn = ({ samples, decision }: ReportTask): Report['refused'] =>
  decision.judged
    .filter(({ accepted }) => !accepted)
    .slice(0, MAX_LISTED)
    .map(({ row, foreign, set }) => ({
      id: samples.samples.ids[row] ?? '',
      reason: foreign ? 'foreign' : 'ambiguous',
      why: foreign
        ? 'out of fold, the gate takes it for something else'
        : set && set.length > 1
          ? `several answers stand: ${set.map((label) => samples.own.labels[label] ?? '').join(', ')}`
          : 'not sure enough, or its interval reaches a limit',
    }))

const spectraIn = ({ material, samples, open }: ReportTask): Report['spectra'] => {
  const { own } = samples
  const bare = buildChain(open.bundle.manifest.chain.slice(0, -1), material.axis)
  const after = own.spectra.map((values) => {
    const out = new Float64Array(bare.output.values.length)
    bare.run(values, out)
    return out
  })
  const labels = own.task === 'class' ? own.labels : ['all']
  return {
    before: drawnSpectra(material.axis, material.quantity, labels, own.truth, own.spectra),
    after: drawnSpectra(bare.output, 'at the end of the chain', labels, own.truth, after),
  }
}
