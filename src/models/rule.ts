import { boundsOf, conformalQuantile } from '../inference/conformal.js'
import type { Rule } from '../inference/decide.js'
import type { Flag } from '../spectrum/flags.js'
import type { ManifestDraft } from './manifest.js'

/** Below this number of training objects the limits of a gate are rough (flag `gate-weak`); no gate at all is the roughest. */
export const GATE_OBJECTS = 40

/** What the bundle says of how to decide, computed once. */
export const ruleOf = ({ task, outputs, limits, conformal }: ManifestDraft): Rule => {
  const { labels, unit = '' } = outputs
  const [name = ''] = labels
  if (task === 'identity') return { task, label: name }
  if (task === 'class') return { task, labels, bounds: conformal ? boundsOf(conformal, labels) : null, confidence: limits.confidence ?? null }
  const halfWidth = conformal ? conformalQuantile(conformal.pooled, conformal.alpha) : null
  return { task, name, unit, halfWidth, limits: limits.interval ?? null }
}

/**
 * Flags that every answer of this model carries. `interval-unavailable`: calibration scores are too few for their alpha, or a value has none at all.
 * A class model without them never claimed any: its confidence is what it is.
 */
export const flagsOf = (manifest: ManifestDraft, rule: Rule): readonly Flag[] => {
  const unbounded =
    rule.task === 'value' ? rule.halfWidth === null : rule.task === 'class' && manifest.conformal !== undefined && rule.bounds === null
  return [
    ...((manifest.gate?.objects ?? 0) < GATE_OBJECTS ? (['gate-weak'] as const) : []),
    ...(unbounded ? (['interval-unavailable'] as const) : []),
  ]
}
