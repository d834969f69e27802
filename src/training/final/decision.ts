import { softmax } from '../../inference/scores.js'
import type { ConformalDraft, GateSpec } from '../../models/manifest.js'
import type { Finding, HeldOut } from '../contract.js'
import { leastComponents } from '../decision/answer-components.js'
import { coverOutOfFold, fitConformal } from '../decision/conformal-fit.js'
import { fitJointGate, type JointGate } from '../decision/joint-gate.js'
import { splitHeld } from '../decision/partition.js'
import { type Part, strataOf } from '../material.js'
import type { Recipe } from '../recipe.js'
import { answerOf } from '../search/networks.js'
import { fitTemperature } from '../temperature.js'
import type { FinalModel } from './model.js'

/** What the bundle decides by, and what it would have decided of every training spectrum by parts that had not seen it. */
export interface Decision {
  readonly gate: JointGate
  readonly spec: GateSpec
  readonly temperature: number | null
  readonly conformal: ConformalDraft | null
  readonly judged: readonly HeldJudgement[]
  readonly findings: readonly Finding[]
}

/** A left-out spectrum as the agent would have judged it. */
export interface HeldJudgement {
  readonly row: number
  /** Class index, or value (of ranges of a value: the value). */
  readonly answer: number
  readonly foreign: boolean
  readonly accepted: boolean
  readonly set: readonly number[] | null
  readonly interval: readonly [number, number] | null
  /** Calibrated scores; null for values. */
  readonly scores: Float64Array | null
}

/**
 * Gate, temperature and calibration scores of a model, on disjoint objects where they judge each other. All of it is computed on what ships:
 * prepared spectra of the bundle's chain, outputs of the shipped kind of graph.
 */
export const decisionOf = async (model: FinalModel, samples: Part, recipe: Recipe): Promise<Decision> => {
  const { task, labels, truth, values, groups } = samples
  const gate = fitJointGate({
    rows: model.rows,
    folds: model.folds,
    groups,
    scalars: model.scalars,
    maxComponents: recipe.gate.components,
    leastComponents: await leastComponents({ ...model, ...samples, maxComponents: recipe.gate.components }),
    alpha: recipe.gate.alpha,
    margin: recipe.gate.margin,
  })
  if (task === 'identity') {
    const judged = samples.ids.map((_, row) => ({
      row,
      answer: 0,
      foreign: !gate.accepted[row],
      accepted: gate.accepted[row] === true,
      set: [0],
      interval: null,
      scores: null,
    }))
    return { gate, spec: gate.spec, temperature: null, conformal: null, judged, findings: [] }
  }
  const parts = splitHeld(model.held, { task, groups, labels: strataOf(samples) }, recipe.seed)
  const temperature =
    task === 'class'
      ? fitTemperature(
          parts.temperature.map(({ outputs }) => outputs),
          parts.temperature.map(({ row }) => truth[row] ?? 0),
        )
      : 1
  const conformalTask = {
    ...{ task, labels, truth, values, groups, temperature, held: parts.conformal, accepted: gate.accepted },
    ...{ alpha: Number((1 - recipe.coverage).toPrecision(6)), seed: recipe.seed },
  }
  const { spec, reason } = fitConformal(conformalTask)
  const covered = new Map(coverOutOfFold(conformalTask, model.held).map((own) => [own.row, own]))
  const judged = model.held.map((held): HeldJudgement => {
    const { row, outputs } = held
    const { set = null, interval = null } = covered.get(row) ?? {}
    const scores = task === 'class' ? scoresOf(held, temperature) : null
    const foreign = gate.accepted[row] !== true
    const top = scores ? Math.max(...scores) : 1
    const stands = task === 'value' ? !touches(interval, recipe) : (set === null || set.length === 1) && top >= (recipe.confidence ?? 0)
    return { row, answer: answerOf(samples, outputs), foreign, accepted: !foreign && stands, set, interval, scores }
  })
  const findings = spec === null ? [{ code: 'interval-unavailable', text: reason ?? '', ids: [], count: 0 }] : []
  return { gate, spec: gate.spec, temperature: task === 'class' ? temperature : null, conformal: spec, judged, findings }
}

const touches = (interval: readonly [number, number] | null, { target }: Recipe): boolean =>
  target.kind === 'value' &&
  target.limits !== null &&
  interval !== null &&
  target.limits.some((limit) => interval[0] <= limit && limit <= interval[1])

const scoresOf = ({ outputs }: HeldOut, temperature: number): Float64Array | null => {
  const scores = new Float64Array(outputs.length)
  return softmax(outputs, 0, temperature, scores) ? scores : null
}
