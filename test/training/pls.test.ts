import { readFileSync } from 'node:fs'
import t from 'tap'
import { z } from 'zod'
import { choosePls, fitPls, predictLinear } from '../../src/training/pls.js'

const numbers = z.array(z.number())
const read = (name: string): unknown => JSON.parse(readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8'))
const reference = z
  .object({ x: z.array(numbers), y: numbers, models: z.array(z.object({ coefficients: numbers, intercept: z.number() })) })
  .parse(read('pls_fit.json'))
const rows = reference.x.map((row) => Float64Array.from(row))

t.test('coefficients of each number of components are those of another algorithm (SIMPLS by numpy)', async (t) => {
  const models = fitPls(rows, reference.y, reference.models.length)
  reference.models.forEach((want, a) => {
    want.coefficients.forEach((value, i) => {
      t.ok(Math.abs((models[a]?.coefficients[i] ?? 0) - value) < 1e-9, `${a + 1} components, coefficient ${i}`)
    })
    t.ok(Math.abs((models[a]?.intercept ?? 0) - want.intercept) < 1e-9)
  })
})

t.test('a stored model predicts the golden values', async (t) => {
  const [golden] = z
    .array(
      z.looseObject({ coefficients: numbers, intercept: z.number(), input: z.array(numbers), output: numbers, rtol: z.number(), atol: z.number() }),
    )
    .parse(read('pls_predict.json'))
  if (!golden) throw new Error('the golden case is missing')
  const model = { coefficients: Float64Array.from(golden.coefficients), intercept: golden.intercept }
  golden.input.forEach((row, i) => {
    const want = golden.output[i] ?? Number.NaN
    t.ok(Math.abs(predictLinear(model, Float64Array.from(row)) - want) <= golden.atol + golden.rtol * Math.abs(want))
  })
})

t.test('cross-validation leaves whole objects out and finds the number of components', async (t) => {
  // Each object twice: with the twin in the training rows its own noise would be predicted.
  const twice = rows.flatMap((row) => [row, row])
  const targets = reference.y.flatMap((value) => [value, value])
  const folds = rows.flatMap((_, n) => [n, n])
  const { components, rmsecv } = choosePls(twice, targets, folds, 6)
  const alone = choosePls(
    rows,
    reference.y,
    rows.map((_, n) => n),
    6,
  )
  t.equal(components, alone.components)
  t.ok(Math.abs(rmsecv - alone.rmsecv) < 1e-9, `${rmsecv} and ${alone.rmsecv}`)
  const leaking = choosePls(
    twice,
    targets,
    twice.map((_, n) => n),
    6,
  )
  t.ok(leaking.rmsecv < rmsecv, 'a twin in the training rows would flatter')
})

t.test('more components than the rows hold are refused', async (t) => {
  t.throws(() => fitPls([Float64Array.of(1, 0), Float64Array.of(2, 0), Float64Array.of(3, 0)], [1, 2, 3], 2), { code: 'DATA_INVALID' })
})
