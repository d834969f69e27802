import { Failure } from '../failures.js'
import type { ConformalDraft, ManifestDraft } from './manifest.js'

/** Objects from which on a label has calibration scores of its own: at 95 % the bound is then the second highest score, not the highest. */
export const CLASSWISE_OBJECTS = 39

/** Priors are written with few digits: their sum may be off by this much. */
const PRIORS_WITHIN = 1e-3

/**
 * That what decides (labels, unit, limits, calibration scores, range, scans) belongs to the task and to each other. A key that the task never looks at is
 * refused: it would promise something that nobody keeps.
 * @throws Failure BUNDLE_INVALID.
 */
export const checkDecision = (manifest: ManifestDraft, where: string): void => {
  const { task, outputs, limits, conformal, range, decision, priors } = manifest
  const { labels, unit } = outputs
  const at = (part: string) => `${where}: manifest.json ${part}`
  const only = (part: string, given: unknown, owner: ManifestDraft['task']) => {
    if (given !== undefined && task !== owner)
      throw refuse(at(part), `${part} of a model with the task ${task}`, `${part} with the task ${owner} alone`)
  }
  if (task === 'class' ? labels.length < 2 : labels.length !== 1)
    throw refuse(at('outputs.labels'), `${labels.length} labels with the task ${task}`, task === 'class' ? 'at least 2' : 'exactly 1')
  if (task === 'value' && unit === undefined) throw refuse(at('outputs.unit'), 'a value without a unit', 'a unit, empty for a plain number')
  only('outputs.unit', unit, 'value')
  only('limits.confidence', limits.confidence, 'class')
  only('limits.interval', limits.interval, 'value')
  only('range', range, 'value')
  only('temperature', manifest.temperature, 'class')
  only('priors', priors, 'class')
  rising(limits.interval, at('limits.interval'))
  rising(range, at('range'))
  if (task === 'class' && limits.confidence === undefined && conformal === undefined)
    throw refuse(at('limits'), 'neither limits.confidence nor conformal', 'at least one of them: else every answer would stand')
  if (task === 'identity' && manifest.gate === undefined) throw refuse(at('gate'), 'no gate', 'a gate: it alone decides on an identity')
  if (task === 'value' && decision && (decision.method !== 'mean' || decision.hysteresis > 0))
    throw refuse(at('decision'), `${decision.method} with hysteresis ${decision.hysteresis} of values`, 'the mean, hysteresis 0')
  if (priors) checkPriors(priors, labels, at('priors'))
  if (conformal) checkConformal(conformal, manifest, at('conformal'))
}

const checkPriors = (priors: readonly number[], labels: readonly string[], where: string): void => {
  if (priors.length !== labels.length) throw refuse(where, `${priors.length} shares`, `${labels.length}, one for each label`)
  const sum = priors.reduce((total, share) => total + share, 0)
  if (!(Math.abs(sum - 1) <= PRIORS_WITHIN)) throw refuse(where, `a sum of ${sum}`, '1')
}

const checkConformal = (conformal: ConformalDraft, { task, outputs }: ManifestDraft, where: string): void => {
  const { method, unit, objects, pooled, classes } = conformal
  const wanted = { class: 'lac', value: 'absolute-residual', identity: null }[task]
  if (method !== wanted) throw refuse(`${where}.method`, `${method} with the task ${task}`, wanted ?? 'no calibration scores')
  if (unit === 'object' ? pooled.length !== objects : pooled.length < objects)
    throw refuse(
      `${where}.pooled`,
      `${pooled.length} scores of ${objects} objects`,
      unit === 'object' ? 'one of each object' : 'at least one of each object',
    )
  checkScores(pooled, method, `${where}.pooled`)
  for (const [label, scores] of Object.entries(classes)) {
    const here = `${where}.classes.${label}`
    if (task !== 'class' || !outputs.labels.includes(label))
      throw refuse(here, 'scores of a label that the model does not have', 'labels of the model')
    if (scores.length < CLASSWISE_OBJECTS)
      throw refuse(here, `${scores.length} scores`, `at least ${CLASSWISE_OBJECTS}, else the label is judged by pooled`)
    checkScores(scores, method, here)
  }
}

const checkScores = (scores: readonly number[], method: ConformalDraft['method'], where: string): void => {
  const fall = scores.findIndex((score, i) => i > 0 && score < (scores[i - 1] ?? score))
  if (fall >= 0) throw refuse(where, `${scores[fall - 1]} then ${scores[fall]}`, 'ascending scores')
  const highest = scores.at(-1) ?? 0
  if (method === 'lac' && highest > 1) throw refuse(where, `the score ${highest}`, '0 to 1')
}

const rising = (pair: readonly [number, number] | undefined, where: string): void => {
  if (pair && !(pair[0] < pair[1])) throw refuse(where, `[${pair[0]}, ${pair[1]}]`, '[lowest, highest]')
}

const refuse = (where: string, seen: string, allowed: string): Failure => new Failure('BUNDLE_INVALID', { where, seen, allowed })
