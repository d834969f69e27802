import { Failure, isFailure } from '../../failures.js'
import { bindModel } from '../../models/binding.js'
import { loadBundle } from '../../models/load.js'
import type { Manifest } from '../../models/manifest.js'
import type { TransferFile } from '../../models/transfer-file.js'
import { type MeasuredRows, quantityFor } from '../evaluation/answers.js'
import { errorOf, scoreOf } from '../search/score.js'
import { type Judged, type LeftOut, methods, type Transferred, type TransferTask, type Way } from './contract.js'
import { answersBy, correctedWay } from './corrections.js'
import { conformalOf } from './intervals.js'
import { pick } from './pick.js'
import { judgePooled, type PooledJudgement } from './pooled.js'
import { judgeAlone } from './recalibrate.js'
import { expectNoRanges, recalibratedBundle } from './recalibrated-bundle.js'
import { standardizedWay } from './spectra.js'
import { expectStandards, labelledOf } from './standards.js'

/**
 * Fits every transfer that the inputs allow, judges each by leaving out one object of the standards after the other, and picks. What is picked is
 * fitted to all standards; with `REFERENCED_OBJECTS` or more its left-out errors become the calibration scores of this instrument.
 * @throws Failure DATA_INVALID: standards that the model cannot answer at all, too few of them, an identity, or a forced method that cannot be judged.
 */
export const transfer = async (task: TransferTask): Promise<Transferred> => {
  const { model, standards: dataset, seed } = task
  const { manifest, axis } = model.bundle
  const tell = task.progress ?? (() => {})
  expectAnswers(manifest)
  const standards = labelledOf(dataset, manifest, { ...task, axis: dataset.axis })
  const objects = expectStandards(dataset, standards)
  const measured: MeasuredRows = { ...standards, axis: dataset.axis, quantity: quantityFor(model, dataset) }

  const { misfit } = bindModel(model, measured, 'refuse', () => 0)
  if (misfit)
    throw new Failure('DATA_INVALID', { where: `${dataset.name}, standards`, seen: misfit.why, allowed: 'spectra that the model can be bound to' })

  tell('no transfer', 0)
  const plain = await answersBy(model, standards, measured, null)
  expectFinite(plain, dataset.name)
  const ways = new Map<Judged, Way | PooledJudgement>([['none', { leftOut: plain, fitted: null }]])
  const reasons = new Map<Judged, string>()
  const attempt = async (method: Judged, judge: () => Way | PooledJudgement | Promise<Way | PooledJudgement>): Promise<void> => {
    tell(method, 0)
    try {
      const way = await judge()
      if (way.leftOut.answers.every(Number.isFinite)) ways.set(method, way)
      else reasons.set(method, 'nothing can be computed from a standard that was left out')
    } catch (error) {
      if (!isFailure(error, 'DATA_INVALID', 'CHAIN_INVALID')) throw error
      reasons.set(method, error.message)
    }
  }
  for (const method of ['bias', 'slope-bias'] as const)
    if (manifest.task === 'value') await attempt(method, () => correctedWay(method, standards, plain))
    else reasons.set(method, 'the model has no value to correct')

  // On the model's own axis, as everything that is trained.
  const onModel = () => labelledOf(dataset, manifest, { ...task, axis })
  const trainingOf = () => {
    if (task.training === null) throw new Failure('DATA_INVALID', { where: 'pooled', seen: 'no training data', cure: '--train DIR' })
    expectNoRanges(manifest)
    return labelledOf(task.training, manifest, { ...task, axis })
  }
  if (task.training) await attempt('pooled', () => judgePooled(onModel(), trainingOf(), manifest, axis, seed))
  else reasons.set('pooled', 'needs the training data: --train DIR')
  const { master } = task
  if (master) await attempt('pds', () => standardizedWay(model, standards, measured, master))
  else reasons.set('pds', 'needs the standards on the instrument of the training: --master DIR')
  await attempt('alone', async () => ({ leftOut: await judgeAlone(onModel(), manifest, axis, seed), fitted: null }))

  const errors = new Map([...ways].map(([method, { leftOut }]) => [method, errorOf(standards, leftOut.answers)] as const))
  const refusedBy = new Map([...ways].map(([method, { leftOut }]) => [method, shareOf(leftOut.refused)] as const))
  const picked = task.method ?? pick(new Map([...errors].map(([method, error]) => [method, { error, refused: refusedBy.get(method) ?? null }])))
  const chosen = ways.get(picked)
  if (!chosen)
    throw new Failure('DATA_INVALID', { where: `--method ${picked}`, seen: reasons.get(picked) ?? 'nothing', allowed: [...ways.keys()].join(', ') })

  const figures = [...methods, 'alone' as const].map((method) => {
    const error = errors.get(method)
    return {
      ...{ method, score: error === undefined ? null : scoreOf(standards, error), reason: reasons.get(method) ?? null, picked: method === picked },
      refused: refusedBy.get(method) ?? null,
    }
  })
  const column = task.column ?? manifest.provenance?.target ?? ''
  const bundle =
    'family' in chosen && task.training
      ? await recalibratedBundle({
          ...{ manifest, axis, training: trainingOf(), standards: onModel(), copies: chosen.copies, family: chosen.family, column, seed },
          ...{ names: { training: task.training, standards: dataset }, progress: tell },
        })
      : null
  const owner = bundle ? await loadBundle(bundle) : model
  try {
    const refused = bundle ? (await answersBy(owner, standards, measured, null)).refused : chosen.leftOut.refused
    const { id, version } = owner.bundle.manifest
    const file: TransferFile = {
      schema: 'transfer/1',
      bundle: { id, version, sha256: owner.bundle.sha256 },
      instrument: { id: task.instrument, quantity: manifest.input.quantity, axis: { kind: dataset.axis.kind, values: [...dataset.axis.values] } },
      fitted: 'fitted' in chosen ? chosen.fitted : null,
      conformal: conformalOf(standards, { ...chosen.leftOut, refused }, manifest, seed),
      standards: { data: dataset.name, referenced: objects, spectra: standards.ids.length, picked, figures: scored(figures) },
    }
    return { figures, objects, spectra: standards.ids.length, file, bundle }
  } finally {
    if (bundle) await owner.close()
  }
}

const shareOf = (refused: LeftOut['refused']): number | null => refused && refused.filter(Boolean).length / refused.length

const scored = (figures: readonly { readonly method: Judged; readonly score: number | null }[]): Record<string, number> =>
  Object.fromEntries(figures.flatMap(({ method, score }) => (score === null ? [] : [[method, score] as const])))

const expectAnswers = ({ task, outputs }: Manifest): void => {
  if (task !== 'identity') return
  throw new Failure('DATA_INVALID', {
    where: 'transfer',
    seen: `the model of one material, "${outputs.labels[0]}"`,
    allowed: 'a model of labels or of a value',
    cure: 'record its material with the new instrument and train an identity of those spectra',
  })
}

/** A spectrum without any answer would make every figure worthless; all of them together are an instrument that the model does not fit. */
const expectFinite = ({ answers }: LeftOut, name: string): void => {
  const none = answers.filter((answer) => !Number.isFinite(answer)).length
  if (none === 0) return
  throw new Failure('DATA_INVALID', {
    where: `${name}, standards`,
    seen: `${none} of ${answers.length} spectra that nothing can be computed from`,
    allowed: 'whole spectra over the range of the model, in its quantity',
    cure: '"spectro2mqtt predict" tells the reason of each; leave them out of the standards',
  })
}
