import { indexOfLargest } from '../inference/scores.js'
import { bindModel } from '../models/binding.js'
import type { OpenModel } from '../models/load.js'
import type { Reason, Verdict } from '../spectrum/result.js'

/** What the agent would say of one spectrum. `top` is the class with the highest score, null where nothing was computed. */
export interface Judged {
  readonly top: number | null
  readonly verdict: Verdict
  readonly reason: Reason | null
}

/** Spectra on their way at once. */
const IN_FLIGHT = 64

/**
 * Judges ratios on the model's own axis by the very stations of the agent: chain, gate, int8 graph, decision. NaN is a saturated channel.
 */
export const judgeAll = async (model: OpenModel, ratios: readonly Float64Array[]): Promise<Judged[]> => {
  const { axis, manifest } = model.bundle
  const { quantity } = manifest.input
  const binding = bindModel(model, { axis, quantity }, 'refuse', () => 0)
  const judged: Judged[] = []
  for (let at = 0; at < ratios.length; at += IN_FLIGHT) {
    const part = ratios.slice(at, at + IN_FLIGHT).map(async (ratio) => {
      const saturated = Uint8Array.from(ratio, (value) => (Number.isNaN(value) ? 1 : 0))
      const inferred = await binding.infer(binding.prepare({ measurement: { axis, saturated }, ratio, quantity, flags: [] }))
      const { verdict, reason } = binding.decide(inferred)
      return { verdict, reason, top: inferred.scores ? indexOfLargest(inferred.scores) : null }
    })
    judged.push(...(await Promise.all(part)))
  }
  return judged
}
