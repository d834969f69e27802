import { indexOfLargest } from '../inference/scores.js'
import { bindModel } from '../models/binding.js'
import type { OpenModel } from '../models/open.js'
import type { Reason, Verdict } from '../spectrum/result.js'

/** What the agent would say of one spectrum, and what it would say if it had to. */
export interface Judged {
  /** The class with the highest score, whatever the gate says; null where nothing was computed, and for a value. */
  readonly top: number | null
  /** The value, whatever the gate says; null where nothing was computed, and for classes. */
  readonly value: number | null
  readonly verdict: Verdict
  readonly reason: Reason | null
  /** Classes in the prediction set, the forced answer first; empty for a value. */
  readonly set: readonly number[]
  readonly interval: readonly [number, number] | null
  /** Calibrated score of each label; null where none was computed. */
  readonly scores: Float64Array | null
  /** Sentences that say why it is unfit or foreign. */
  readonly why: readonly string[]
}

/** Spectra on their way at once. */
const IN_FLIGHT = 64

/**
 * Judges spectra in the model's quantity on its own axis by the very stations of the agent: chain, gate, graph, decision. NaN is a
 * saturated channel, or with `nan: 'masked'` one without a value.
 */
export const judgeAll = async (model: OpenModel, spectra: readonly Float64Array[], nan: 'saturated' | 'masked' = 'saturated'): Promise<Judged[]> => {
  const { axis, manifest } = model.bundle
  const { quantity } = manifest.input
  const { labels } = manifest.outputs
  const binding = bindModel(model, { axis, quantity }, 'refuse', () => 0)
  const judged: Judged[] = []
  for (let at = 0; at < spectra.length; at += IN_FLIGHT) {
    const part = spectra.slice(at, at + IN_FLIGHT).map(async (ratio): Promise<Judged> => {
      const saturated = Uint8Array.from(ratio, (value) => (nan === 'saturated' && Number.isNaN(value) ? 1 : 0))
      const inferred = await binding.infer(binding.prepare({ measurement: { axis, saturated }, ratio, quantity, flags: [] }))
      const { verdict, reason, set, interval } = binding.decide(inferred)
      const { scores, value, why } = inferred
      return { verdict, reason, top: scores && indexOfLargest(scores), value, set: set.map((label) => labels.indexOf(label)), interval, scores, why }
    })
    judged.push(...(await Promise.all(part)))
  }
  return judged
}
