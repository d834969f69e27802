import t from 'tap'
import { forward } from '../../../src/training/onnx/forward.js'
import { ordinalHead } from '../../../src/training/onnx/ordinal.js'

const ordinal = { limits: [190, 210], slope: 0.5, mean: 198, sd: 12 } as const
const logitsOf = (value: number) =>
  forward({ inputs: 1, convs: [], denses: [ordinalHead(ordinal)], head: null }, Float32Array.of((value - ordinal.mean) / ordinal.sd))

t.test('the class with the highest logit changes exactly at the limits', async (t) => {
  const classOf = (value: number) => [...logitsOf(value)].indexOf(Math.max(...logitsOf(value)))
  t.strictSame([170, 189.99, 190.01, 200, 209.99, 210.01, 250].map(classOf), [0, 0, 1, 1, 1, 2, 2])
})

t.test('logits grow by the slope for each unit beyond a limit', async (t) => {
  const [below, within, above] = logitsOf(184)
  t.ok(Math.abs((below ?? 0) - 3) < 1e-4)
  t.equal(within, 0)
  t.ok(Math.abs((above ?? 0) + 13) < 1e-4)
})

t.test('limits that do not rise, or no slope or spread, are refused', async (t) => {
  for (const wrong of [{ limits: [210, 190] as const }, { slope: 0 }, { sd: 0 }, { sd: Number.NaN }])
    t.throws(() => ordinalHead({ ...ordinal, ...wrong }), { code: 'INVARIANT' })
})
