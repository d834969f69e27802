import { readFileSync } from 'node:fs'
import t from 'tap'
import { z } from 'zod'
import type { Targets } from '../../../src/training/contract.js'
import { openKernelBench } from '../../../src/training/kernel/bench.js'
import { predict } from '../../../src/training/kernel/model.js'

const numbers = z.array(z.number())
const matrix = z.array(numbers)
/** Written by fixtures/reference.py: `solve` of numpy on the normal equations. */
const cases = z
  .array(
    z.object({
      name: z.string(),
      x: matrix,
      truth: numbers,
      values: numbers,
      test: matrix,
      answers: z.array(
        z.object({ kind: z.enum(['class', 'value']), priors: z.enum(['balanced', 'empirical']).nullable(), setting: z.string(), outputs: matrix }),
      ),
    }),
  )
  .parse(JSON.parse(readFileSync(new URL('fixtures/reference.json', import.meta.url), 'utf8')))

for (const { name, x, truth, values, test, answers } of cases)
  t.test(`kernel Ridge answers as numpy does: ${name}`, async (t) => {
    // The test spectra are rows of the bench as well: what they are must not reach the models.
    const bench = openKernelBench([...x, ...test].map((row) => Float64Array.from(row)))
    const train = x.map((_, i) => i)
    const asked = test.map((_, i) => x.length + i)
    const grid = bench.settings('kernel-ridge', train.length)
    for (const { kind, priors, setting, outputs } of answers) {
      const targets: Targets =
        kind === 'value'
          ? { kind, values: [...values, ...test.map(() => Number.NaN)] }
          : { kind, classes: Math.max(...truth) + 1, truth: [...truth, ...test.map(() => -1)], priors: priors ?? 'balanced' }
      const place = grid.findIndex(({ text }) => text === setting)
      const got = bench.answers('kernel-ridge', targets, train, asked)[place] ?? []
      const model = bench.fit('kernel-ridge', place, targets, train)
      const alone = test.flatMap((row) => [...predict(model, row)])
      const want = outputs.flat()
      const worst = (own: ArrayLike<number>) => Math.max(...want.map((value, i) => Math.abs(value - (own[i] ?? Number.NaN))))
      t.ok(got.length === want.length && worst(got) < 1e-8, `${kind} ${priors} ${setting}: ${worst(got)}`)
      t.ok(alone.length === want.length && worst(alone) < 1e-8, `the model by itself: ${worst(alone)}`)
    }
  })
