import { Failure } from '../../failures.js'
import { seededRandom } from '../../spectrum/random.js'
import type { HeldOut, Task } from '../contract.js'
import { shuffle } from '../split.js'

/** Rows by what they are for; no group is in two of them. */
export interface Partition {
  /** Weights are learnt from these. */
  readonly fit: readonly number[]
  /** These say when to stop. */
  readonly stop: readonly number[]
  /** These give the quantizer its ranges. */
  readonly ranges: readonly number[]
}

/** Shares of the groups. Most must be learnt from; the quantizer needs few, and the moment to stop is noisy with fewer than these. */
export const PARTITION_SHARES = { fit: 0.75, stop: 0.15, ranges: 0.1 } as const

/** Share of the held-out groups that the temperature is fitted to: one number against a quantile in the tail. */
const TEMPERATURE_SHARE = 1 / 3

/**
 * Splits rows 0..n-1 into three by whole groups, each label spread alike; every label of several groups is in `fit`.
 * @throws Failure DATA_INVALID with fewer than three groups.
 */
export const partition = (
  groups: readonly string[],
  labels: readonly string[],
  seed: number,
  { fit, stop, ranges }: Readonly<Record<keyof Partition, number>> = PARTITION_SHARES,
): Partition => {
  const parts = dealt(groups, labels, [fit, stop, ranges], seed)
  const rows = (part: number) => parts.flatMap((own, n) => (own === part ? [n] : []))
  return { fit: rows(0), stop: rows(1), ranges: rows(2) }
}

/**
 * Splits held-out answers by whole groups into those for the temperature and those for conformal scores, which must not share an object: the
 * temperature would make the scores of its own objects too small. A value has no temperature. `groups` and `labels` are by row of the data.
 */
export const splitHeld = (
  held: readonly HeldOut[],
  { task, groups, labels }: { readonly task: Task; readonly groups: readonly string[]; readonly labels: readonly string[] },
  seed: number,
): { readonly temperature: readonly HeldOut[]; readonly conformal: readonly HeldOut[] } => {
  if (task !== 'class') return { temperature: [], conformal: held }
  const parts = dealt(
    held.map(({ row }) => groups[row] ?? ''),
    held.map(({ row }) => labels[row] ?? ''),
    [1 - TEMPERATURE_SHARE, TEMPERATURE_SHARE],
    seed,
  )
  return { temperature: held.filter((_, n) => parts[n] === 1), conformal: held.filter((_, n) => parts[n] === 0) }
}

/**
 * A part for each row. Groups come label by label in random order; each goes where its label, and the whole, lack most; the first of a label goes
 * to part 0. A part that stays empty takes a group from the label that has most in part 0.
 */
const dealt = (groups: readonly string[], labels: readonly string[], shares: readonly number[], seed: number): readonly number[] => {
  const byLabel = new Map<string, string[]>()
  const seen = new Set<string>()
  groups.forEach((group, n) => {
    if (seen.has(group)) return
    seen.add(group)
    const label = labels[n] ?? ''
    byLabel.set(label, [...(byLabel.get(label) ?? []), group])
  })
  if (seen.size < shares.length)
    throw new Failure('DATA_INVALID', {
      where: 'parts of the training spectra',
      seen: `${seen.size} groups`,
      allowed: `at least ${shares.length}: what is fitted and what judges it must not share an object`,
      cure: 'give more objects, or check the column that --group names',
    })
  const random = seededRandom(seed)
  const part = new Map<string, number>()
  const total = shares.map((share) => share * seen.size)
  for (const own of byLabel.values()) {
    const missing = shares.map((share) => share * own.length)
    shuffle(own, random).forEach((group, i) => {
      const lack = missing.map((value, p) => value + (total[p] ?? 0) / byLabel.size)
      const to = i === 0 ? 0 : lack.indexOf(Math.max(...lack))
      part.set(group, to)
      missing[to] = (missing[to] ?? 0) - 1
      total[to] = (total[to] ?? 0) - 1
    })
  }
  shares.forEach((_, p) => {
    if ([...part.values()].includes(p)) return
    const first = [...byLabel.values()].map((own) => own.filter((group) => part.get(group) === 0))
    const most = first.reduce((best, own) => (own.length > best.length ? own : best), [])
    const moved = most.at(-1)
    if (moved !== undefined) part.set(moved, p)
  })
  return groups.map((group) => part.get(group) ?? 0)
}
