import type { Random } from '../spectrum/random.js'
import { logitsOf, type NetworkTask, trainNetwork } from './network.js'

/** Answers of networks that have not seen the object: spectrum n of `truth` belongs to object `objects[n]`. */
export interface Held {
  readonly objects: readonly number[]
  readonly truth: readonly number[]
  /** Logits of the int8 graph, which ships, and of the same net in fp32. */
  readonly logits: readonly Float32Array[]
  readonly floatLogits: readonly Float32Array[]
}

export interface CrossFitTask extends Omit<NetworkTask, 'calibration' | 'seed' | 'progress'> {
  readonly folds: readonly number[]
  /** Spectra at the end of the chain; `n` is the object. */
  readonly scaled: readonly { readonly n: number; readonly values: Float64Array }[]
  readonly random: Random
  readonly tell: (part: number) => void
}

/** Trains one network for each fold on the objects outside it, and lets it answer for those inside. */
export const crossFit = async (task: CrossFitTask): Promise<Held> => {
  const { recipe, folds, scaled, ratios, truth, values, tell } = task
  const held = { objects: [] as number[], truth: [] as number[], logits: [] as Float32Array[], floatLogits: [] as Float32Array[] }
  for (let fold = 0; fold < recipe.folds; fold++) {
    const inside = ratios.flatMap((_, n) => (folds[n] === fold ? [] : [n]))
    const network = await trainNetwork({
      ...task,
      ratios: inside.flatMap((n) => ratios[n] ?? []),
      truth: inside.flatMap((n) => truth[n] ?? []),
      values: inside.flatMap((n) => values[n] ?? []),
      calibration: scaled.filter(({ n }) => folds[n] !== fold).map((spectrum) => spectrum.values),
      seed: recipe.seed + 1 + fold,
      progress: (epoch, epochs) => tell((fold + epoch / epochs) / recipe.folds),
    })
    const outside = scaled.filter(({ n }) => folds[n] === fold)
    const rows = outside.map((spectrum) => spectrum.values)
    held.objects.push(...outside.map(({ n }) => n))
    held.truth.push(...outside.map(({ n }) => truth[n] ?? 0))
    held.logits.push(...(await logitsOf(network.int8, rows)))
    held.floatLogits.push(...(await logitsOf(network.float, rows)))
  }
  return held
}
