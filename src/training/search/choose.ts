import type { Family, Subjects } from '../contract.js'
import { type Candidate, criterionOf } from './candidate.js'
import { preferred } from './preference.js'

/**
 * The model in closed form that wins: the simplest linear one whose criterion (tally.ts) is within 2 % of the best, or kernel Ridge where it leads
 * (preference.ts). Candidates that fell behind after the first
 * repeat take no part: one lucky repeat must not beat several.
 */
export const bestLinear = (candidates: readonly Candidate[], among: readonly Family[]): Candidate | null => {
  const own = candidates.filter(({ family }) => among.includes(family))
  const most = Math.max(0, ...own.map(({ repeats }) => repeats.length))
  const full = own.filter(({ repeats }) => repeats.length === most)
  return preferred(full, criterionOf) ?? null
}

/** A network must be better than the best linear model by more than this share of its error: it is the less simple of the two. */
export const NETWORK_LEAD = 0.02

/** A network that is worse than this is told about, and never wins by itself. */
export const NETWORK_BEHIND = 0.05

/** Whether the network wins. Both errors are of the same kind, on the same subjects. */
export const networkWins = (network: number, linear: number): boolean => network < linear * (1 - NETWORK_LEAD) - 1e-12

/**
 * Paired bootstrap over objects: share of redraws in which the network is worse than the linear model by more than 5 %: of the error for values, of
 * the accuracy for classes. `losses` are per spectrum: 0 or 1 for classes, squared errors for values; an object's spectra stay together.
 */
export const behindShare = (
  { task, groups }: Pick<Subjects, 'task' | 'groups'>,
  network: ArrayLike<number>,
  linear: ArrayLike<number>,
  redraws: number,
  uniform: () => number,
): number => {
  const sums = new Map<string, [network: number, linear: number, count: number]>()
  groups.forEach((group, n) => {
    const [a, b, count] = sums.get(group) ?? [0, 0, 0]
    sums.set(group, [a + (network[n] ?? 0), b + (linear[n] ?? 0), count + 1])
  })
  const objects = [...sums.values()]
  let behind = 0
  for (let r = 0; r < redraws; r++) {
    let [a, b, count] = [0, 0, 0]
    for (let i = 0; i < objects.length; i++) {
      const [x, y, rows] = objects[Math.floor(uniform() * objects.length)] ?? [0, 0, 0]
      a += x
      b += y
      count += rows
    }
    const worse =
      task === 'value' ? Math.sqrt(a / count) > (1 + NETWORK_BEHIND) * Math.sqrt(b / count) : 1 - a / count < (1 - NETWORK_BEHIND) * (1 - b / count)
    if (worse) behind++
  }
  return behind / redraws
}
