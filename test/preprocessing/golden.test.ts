import { join } from 'node:path'
import t from 'tap'
import { firstDifference } from '../../src/cli/golden/judge.js'
import { readGolden } from '../../src/cli/golden/read.js'
import { report } from '../../src/cli/golden/report.js'
import { type GoldenCase, numberList } from '../../src/cli/golden/schema.js'
import { operations } from '../../src/preprocessing/operations.js'

const files = readGolden(join(import.meta.dirname, '../golden'))
const cases = files.flatMap(({ algo, cases }) => cases.map((golden) => ({ algo, golden })))

/** Every list of an output. */
const wanted = ({ output }: GoldenCase): readonly Float64Array[] => {
  if (!Array.isArray(output)) return Object.values(output).map((value) => numberList(Array.isArray(value) ? value : [value]))
  return Array.isArray(output[0]) ? output.map(numberList) : [numberList(output)]
}

t.test('every golden case holds at its own tolerance, and every operation but our own two has cases', async (t) => {
  const { lines, passed, failed, skipped } = report(files)
  t.strictSame(lines, [`${cases.length} passed, 0 failed, 0 skipped`])
  t.strictSame([passed, failed, skipped], [cases.length, 0, 0])
  t.strictSame([...operations.keys()].filter((name) => !files.some(({ algo }) => algo === name)).sort(), ['center_scale', 'level'])
})

t.test('an output of zeros passes no case but those whose answer is zero', async (t) => {
  const nearZero = new Set(['constant', 'constant_d2', 'line_exact'])
  for (const { algo, golden } of cases.filter(({ golden }) => golden.kind === 'value' && !nearZero.has(golden.name)))
    for (const want of wanted(golden))
      t.not(firstDifference(new Float64Array(want.length), want, golden.rtol, golden.atol), null, `${algo} ${golden.name}`)
})
