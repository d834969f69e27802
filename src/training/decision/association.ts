/** One object (with one label) and the word that it has in another column. */
export interface Unit {
  readonly label: number
  readonly word: string
}

/**
 * Cramer's V between label and word, 0 (independent) to 1, with the correction for small tables (Bergsma 2013, J. Korean Stat. Soc. 42:323): without it a
 * column with a word of its own for each object would predict any label.
 */
export const cramersV = (units: readonly Unit[]): number => {
  const n = units.length
  const labels = counted(units.map(({ label }) => label))
  const words = counted(units.map(({ word }) => word))
  const cells = new Map<string, Unit & { readonly count: number }>()
  for (const { label, word } of units) {
    const key = JSON.stringify([label, word])
    cells.set(key, { label, word, count: (cells.get(key)?.count ?? 0) + 1 })
  }
  let phi = -1
  for (const { label, word, count } of cells.values()) phi += (count * count) / ((labels.get(label) ?? 1) * (words.get(word) ?? 1))
  const [r, k] = [labels.size, words.size]
  const corrected = Math.max(0, phi - ((k - 1) * (r - 1)) / (n - 1))
  const least = Math.min(r - (r - 1) ** 2 / (n - 1), k - (k - 1) ** 2 / (n - 1)) - 1
  return least > 0 ? Math.min(1, Math.sqrt(corrected / least)) : 0
}

/**
 * Share of the variance of a number that the words explain, 0 to 1, corrected for their count (epsilon squared; Kelley 1935, PNAS 21:554): words that
 * mean nothing explain nothing on average.
 */
export const explainedVariance = (numbers: readonly number[], words: readonly (string | number)[]): number => {
  const n = numbers.length
  const mean = numbers.reduce((sum, value) => sum + value / n, 0)
  const sums = new Map<string | number, [sum: number, count: number]>()
  numbers.forEach((value, i) => {
    const [sum, count] = sums.get(words[i] ?? '') ?? [0, 0]
    sums.set(words[i] ?? '', [sum + value, count + 1])
  })
  const total = numbers.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  let within = total
  for (const [sum, count] of sums.values()) within -= count * (sum / count - mean) ** 2
  const free = n - sums.size
  return total > 0 && free > 0 ? Math.max(0, 1 - within / free / (total / (n - 1))) : 0
}

const counted = <T>(values: readonly T[]): ReadonlyMap<T, number> => {
  const counts = new Map<T, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return counts
}
