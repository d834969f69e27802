import type { Manifest } from '../../models/manifest.js'
import { REFERENCED_OBJECTS, type TransferFile } from '../../models/transfer-file.js'
import { fitConformal } from '../decision/conformal-fit.js'
import type { LeftOut } from './contract.js'
import type { Labelled } from './standards.js'

/** Level of intervals where the bundle has none. */
const ALPHA = 0.05

/** A score of 0 would have no logarithm. */
const SMALLEST_SCORE = 1e-12

/**
 * Calibration scores of an instrument: errors of left-out standards that the gate lets pass, one an object, by the way that was picked. Null below
 * `REFERENCED_OBJECTS` of them: until then no interval of this instrument holds.
 */
export const conformalOf = (
  standards: Labelled,
  { answers, scores, refused }: LeftOut,
  { conformal }: Manifest,
  seed: number,
): TransferFile['conformal'] => {
  const { task, labels, truth, values, groups, ids } = standards
  const outputs = ids.map((_, n) => {
    const own = scores[n]
    if (task === 'value') return Float32Array.of(answers[n] ?? Number.NaN)
    // The logarithm of a calibrated score is a logit at temperature 1.
    return own ? Float32Array.from(own, (score) => Math.log(Math.max(score, SMALLEST_SCORE))) : null
  })
  if (outputs.includes(null)) return null
  const held = outputs.flatMap((own, row) => (own ? [{ row, fold: row, outputs: own, exact: own }] : []))
  const accepted = ids.map((_, n) => refused?.[n] !== true)
  const alpha = conformal?.alpha ?? ALPHA
  const { spec } = fitConformal({ task, labels, held, truth, values, groups, accepted, temperature: 1, alpha, seed })
  if (spec === null || spec.objects < REFERENCED_OBJECTS) return null
  const { graphSha256: _, ...own } = spec
  return own
}
