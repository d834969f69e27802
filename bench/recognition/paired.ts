import { seededRandom } from '../../src/spectrum/random.js'
import type { Part } from '../../src/training/material.js'

const REDRAWS = 2000

/**
 * How much better `ours` is than `other` (share of right answers, mean over the same repeats), with the 95 % interval of a paired bootstrap over objects: all
 * spectra of an object in all repeats are redrawn together. `Below` means significantly: not even the upper end reaches 0.
 */
export const pairedGain = (
  { truth, groups }: Pick<Part, 'truth' | 'groups'>,
  ours: readonly Float64Array[],
  other: readonly Float64Array[],
): { readonly gain: number; readonly low: number; readonly high: number; readonly isBelow: boolean } => {
  const objects = new Map<string, [sum: number, count: number]>()
  truth.forEach((own, n) => {
    const [sum, count] = objects.get(groups[n] ?? '') ?? [0, 0]
    const gain = ours.reduce((all, answers, r) => all + (answers[n] === own ? 1 : 0) - (other[r]?.[n] === own ? 1 : 0), 0) / ours.length
    objects.set(groups[n] ?? '', [sum + gain, count + 1])
  })
  const list = [...objects.values()]
  const random = seededRandom(1)
  const draws = Array.from({ length: REDRAWS }, () => {
    let [sum, count] = [0, 0]
    for (let i = 0; i < list.length; i++) {
      const [gain, rows] = list[Math.floor(random.uniform() * list.length)] ?? [0, 0]
      sum += gain
      count += rows
    }
    return sum / count
  }).sort((a, b) => a - b)
  const high = draws[Math.floor(0.975 * REDRAWS)] ?? 0
  return { gain: list.reduce((sum, [own]) => sum + own, 0) / truth.length, low: draws[Math.floor(0.025 * REDRAWS)] ?? 0, high, isBelow: high < 0 }
}
