import t from 'tap'
import { seededRandom } from '../../../src/spectrum/random.js'
import { graphOf, scaled, scalingOf } from '../../../src/training/final/linear-model.js'
import { agreed } from '../../../src/training/final/model.js'
import { outputsBy } from '../../../src/training/network.js'

const random = seededRandom(2)
const rows = Array.from({ length: 30 }, () => Float64Array.from({ length: 8 }, (_, i) => i + 1 + 0.3 * random.gaussian()))
const scaling = scalingOf(rows, 0.2)
const affine = (outputs: number) => ({
  outputs,
  weights: Float64Array.from({ length: outputs * 8 }, () => random.gaussian()),
  bias: Float64Array.from({ length: outputs }, () => random.gaussian()),
})
const answers = (model: ReturnType<typeof affine>, row: Float64Array) =>
  Array.from(model.bias, (own, o) => row.reduce((sum, value, i) => sum + value * (model.weights[o * 8 + i] ?? 0), own))

t.test('behind centre and scale the graph gives what the model gives before them', async (t) => {
  const model = affine(3)
  const outputs = await outputsBy(
    graphOf(model, scaling, null),
    rows.map((row) => scaled(scaling, row)),
  )
  rows.forEach((row, n) => {
    answers(model, row).forEach((wanted, o) => {
      t.ok(Math.abs((outputs[n]?.[o] ?? 0) - wanted) < 1e-4 * (1 + Math.abs(wanted)))
    })
  })
})

t.test('ranges of a value: the largest of three logits changes at the limits', async (t) => {
  const model = affine(1)
  const values = rows.map((row) => answers(model, row)[0] ?? 0)
  const sorted = values.toSorted((a, b) => a - b)
  const limits = [((sorted[9] ?? 0) + (sorted[10] ?? 0)) / 2, ((sorted[19] ?? 0) + (sorted[20] ?? 0)) / 2] as const
  const outputs = await outputsBy(
    graphOf(model, scaling, limits),
    rows.map((row) => scaled(scaling, row)),
  )
  values.forEach((value, n) => {
    const logits = [...(outputs[n] ?? [])]
    t.equal(logits.indexOf(Math.max(...logits)), value < limits[0] ? 0 : value <= limits[1] ? 1 : 2)
  })
})

t.test('a network that answers otherwise in int8 than in fp32 does not ship', async (t) => {
  const logits = (label: number) => Float32Array.from([0, 1, 2], (c) => (c === label ? 1 : 0))
  const held = (count: number) => Array.from({ length: 100 }, (_, n) => ({ outputs: logits(n < count ? 1 : 0), exact: logits(0) }))
  t.equal(agreed('made-up', { task: 'class' }, held(2), 0.1), 0.98)
  t.throws(() => agreed('made-up', { task: 'class' }, held(3), 0.1), { code: 'BUNDLE_SELFTEST', message: /97\.0 %.*at least 98 %/ })
  const apart = (by: number) => Array.from({ length: 10 }, (_, n) => ({ outputs: Float32Array.of(n + by), exact: Float32Array.of(n) }))
  t.ok(Math.abs(agreed('made-up', { task: 'value' }, apart(0.09), 1) - 0.09) < 1e-6)
  t.throws(() => agreed('made-up', { task: 'value' }, apart(0.11), 1), { code: 'BUNDLE_SELFTEST', message: /a tenth of the error/ })
})
