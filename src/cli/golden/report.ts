import { judge } from './judge.js'
import type { NamedGoldenFile } from './read.js'

export interface Report {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  /** A line for each failing case, then one for each operation that does not exist, then the sums. */
  readonly lines: readonly string[]
}

/** Judges every case of every file. */
export const report = (files: readonly NamedGoldenFile[]): Report => {
  let passed = 0
  const failures: string[] = []
  const skipped = new Map<string, number>()
  for (const { file, algo, cases } of files)
    for (const golden of cases) {
      const judgement = judge(algo, golden)
      if (judgement.at === 'passed') passed++
      else if (judgement.at === 'failed') failures.push(`failed: ${file}: ${golden.name}: ${judgement.why}`)
      else skipped.set(judgement.operation, (skipped.get(judgement.operation) ?? 0) + 1)
    }
  const absent = [...skipped].map(([operation, cases]) => `skipped: ${operation}: no such operation (${cases} cases)`)
  const skips = [...skipped.values()].reduce((sum, cases) => sum + cases, 0)
  const sums = `${passed} passed, ${failures.length} failed, ${skips} skipped`
  return { passed, failed: failures.length, skipped: skips, lines: [...failures, ...absent, sums] }
}
