import { readFileSync } from 'node:fs'
import t from 'tap'
import { z } from 'zod'
import { linearFamilies, type Targets } from '../../../src/training/contract.js'
import { openLinearBench } from '../../../src/training/linear/bench.js'

const numbers = z.array(z.number())
const matrix = z.array(numbers)
/** Written by fixtures/reference.py: NIPALS, eigh, solve and inv of numpy, each by the textbook's formula. */
const cases = z
  .array(
    z.object({
      name: z.string(),
      x: matrix,
      truth: numbers,
      values: numbers,
      test: matrix,
      answers: z.array(
        z.object({
          family: z.enum(linearFamilies),
          kind: z.enum(['class', 'value']),
          priors: z.enum(['balanced', 'empirical']).nullable(),
          setting: z.number(),
          outputs: matrix,
        }),
      ),
    }),
  )
  .parse(JSON.parse(readFileSync(new URL('fixtures/reference.json', import.meta.url), 'utf8')))

for (const { name, x, truth, values, test, answers } of cases)
  t.test(`PLS, PCA-LDA and Ridge answer as numpy's do: ${name}`, async (t) => {
    // The test spectra are rows of the bench as well: what they are must not reach the models.
    const bench = openLinearBench([...x, ...test].map((row) => Float64Array.from(row)))
    const train = x.map((_, i) => i)
    const asked = test.map((_, i) => x.length + i)
    for (const { family, kind, priors, setting, outputs } of answers) {
      const targets: Targets =
        kind === 'value'
          ? { kind, values: [...values, ...test.map(() => Number.NaN)] }
          : { kind, classes: Math.max(...truth) + 1, truth: [...truth, ...test.map(() => -1)], priors: priors ?? 'balanced' }
      const got = bench.answers(family, targets, train, asked)[setting] ?? []
      const want = outputs.flat()
      const scale = Math.max(...want.map(Math.abs))
      const worst = Math.max(...want.map((value, i) => Math.abs(value - (got[i] ?? Number.NaN))))
      t.ok(got.length === want.length && worst <= 1e-8 * scale, `${family} ${kind} ${priors} ${setting}: ${worst} of ${scale}`)
    }
  })

t.test('coefficients of each number of PLS components are those of another algorithm (SIMPLS by numpy)', async (t) => {
  const simpls = z
    .object({ x: matrix, y: numbers, models: z.array(z.object({ coefficients: numbers, intercept: z.number() })) })
    .parse(JSON.parse(readFileSync(new URL('../fixtures/pls_fit.json', import.meta.url), 'utf8')))
  const bench = openLinearBench(simpls.x.map((row) => Float64Array.from(row)))
  const all = simpls.y.map((_, i) => i)
  simpls.models.forEach((want, a) => {
    const { weights, bias } = bench.fit('pls', a, { kind: 'value', values: simpls.y }, all)
    const worst = Math.max(...want.coefficients.map((value, i) => Math.abs(value - (weights[i] ?? Number.NaN))))
    t.ok(worst < 1e-9 && Math.abs(want.intercept - (bias[0] ?? Number.NaN)) < 1e-9, `${a + 1} components: ${worst}`)
  })
})
