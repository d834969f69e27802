import t from 'tap'
import { openOnnxEngine } from '../../../src/inference/onnx-engine.js'
import { seededRandom } from '../../../src/spectrum/random.js'
import { openKernelBench } from '../../../src/training/kernel/bench.js'
import { kernelGraph, MAX_CENTRE_NUMBERS } from '../../../src/training/kernel/graph.js'
import { behindScaling, type KernelModel, predict, withHead } from '../../../src/training/kernel/model.js'
import { ordinalHead } from '../../../src/training/onnx/ordinal.js'
import { farthest, sideBySide } from '../../support/nets.js'

/** Smooth spectra on a level of 5 that is a hundred times what tells them apart. */
const channels = 64
const random = seededRandom(3)
const truth = Array.from({ length: 90 }, (_, i) => i % 3)
const rows = truth.map((own) => {
  const scores = [own + 0.2 * random.gaussian(), own * own + 0.2 * random.gaussian(), random.gaussian()]
  return Float64Array.from({ length: channels }, (_, j) => 5 + 0.05 * scores.reduce((sum, score, l) => sum + score * Math.cos((l + 1) * (j / 20)), 0))
})
const train = truth.flatMap((_, i) => (i % 10 === 0 ? [] : [i]))
const bench = openKernelBench(rows)
const settingOf = (text: string) => bench.settings('kernel-ridge', train.length).findIndex((setting) => setting.text === text)
const classes = (text: string) => bench.fit('kernel-ridge', settingOf(text), { kind: 'class', classes: 3, truth, priors: 'balanced' }, train)

const answersOf = async (t: Pick<typeof import('tap').default, 'teardown'>, graph: Uint8Array, asked: readonly Float64Array[]) => {
  const engine = await openOnnxEngine(graph)
  t.teardown(() => engine.close())
  return engine.predict(sideBySide(asked.map((row) => Float32Array.from(row))), asked.length)
}
const wanted = (model: KernelModel, asked: readonly Float64Array[]) => sideBySide(asked.map((row) => Float32Array.from(predict(model, row))))

for (const text of ['width 1, lambda 0.0001', 'width 0.3, lambda 0.001', 'width 10, lambda 1e-7'])
  t.test(`onnxruntime answers as plain TypeScript does, behind centre and scale: ${text}`, async (t) => {
    const model = classes(text)
    const mean = Float64Array.from({ length: channels }, (_, j) => rows.reduce((sum, row) => sum + (row[j] ?? 0) / rows.length, 0))
    const scale = Float64Array.from({ length: channels }, (_, j) => 0.02 + 0.001 * j)
    const behind = behindScaling(model, { mean, scale })
    const asked = rows.map((row) => row.map((value, j) => (value - (mean[j] ?? 0)) / (scale[j] ?? 1)))
    const want = wanted(model, rows)
    t.ok(farthest(wanted(behind, asked), want) < 1e-6, 'scaling moves centres and lengths alike')
    t.ok(farthest(await answersOf(t, kernelGraph(behind), asked), want) < 1e-4, 'also where large weights cancel')
    t.notOk(farthest(new Float32Array(want.length), want) < 1e-2, 'all zeros would not pass')
  })

t.test('what all spectra share costs the graph no digits', async (t) => {
  const model = classes('width 1, lambda 0.0001')
  // Powers of two, which float32 holds exactly: what is lost is lost inside the graph.
  const moved = behindScaling(model, { mean: new Float64Array(channels).fill(-64), scale: new Float64Array(channels).fill(1) })
  const asked = rows.map((row) => row.map((value) => Math.fround(value + 64)))
  t.ok(farthest(await answersOf(t, kernelGraph(moved), asked), wanted(moved, asked)) < 1e-5)
})

t.test('rounding never lifts a kernel above 1, however far the centres lie apart', async (t) => {
  // Each beside its mirror image: the mean is exactly 0, and what float32 stores is exactly what comes.
  const wide = 2048
  const far = Array.from({ length: 16 }, () => Float64Array.from({ length: wide }, () => Math.fround(1e8 * random.gaussian()))).flatMap((row) => [
    row,
    row.map((value) => -value),
  ])
  const model: KernelModel = {
    channels: wide,
    outputs: 1,
    centres: Float64Array.from(far.flatMap((row) => [...row])),
    stretch: new Float64Array(wide).fill(1),
    gamma: 0.5,
    weights: new Float64Array(far.length).fill(1),
    bias: Float64Array.of(0),
  }
  t.ok([...(await answersOf(t, kernelGraph(model), far))].every((answer) => answer >= 0 && answer <= 1))
})

t.test('a spectrum far from everything gets the bias, one at a centre no more than the kernel allows', async (t) => {
  const model: KernelModel = {
    channels: 2,
    outputs: 1,
    centres: Float64Array.of(0, 0, 3, 4),
    stretch: Float64Array.of(1, 1),
    gamma: 0.5,
    weights: Float64Array.of(10, 20),
    bias: Float64Array.of(-1),
  }
  const answers = await answersOf(t, kernelGraph(model), [Float64Array.of(0, 0), Float64Array.of(3, 4), Float64Array.of(-1e6, 1e6)])
  t.ok(farthest(answers, Float32Array.of(9 + 20 * Math.exp(-12.5), 19 + 10 * Math.exp(-12.5), -1)) < 1e-5)
})

t.test('the ordinal head is multiplied in', async (t) => {
  const values = rows.map((_, i) => 200 + 10 * (truth[i] ?? 0))
  const model = bench.fit('kernel-ridge', settingOf('width 3, lambda 0.0001'), { kind: 'value', values }, train)
  const head = ordinalHead({ limits: [205, 215], slope: 0.5, mean: 0, sd: 1 })
  const answers = await answersOf(t, kernelGraph(withHead(model, head)), rows)
  const want = rows.flatMap((row) => {
    const value = predict(model, row)[0] ?? 0
    return [0.5 * (205 - value), 0, 0.5 * (value - 215)]
  })
  t.ok(farthest(answers, Float32Array.from(want)) < 1e-2)
})

t.test('more centres than a bundle should hold, and numbers that float32 cannot, are refused', async (t) => {
  const model = classes('width 1, lambda 0.001')
  t.throws(() => kernelGraph({ ...model, centres: new Float64Array(MAX_CENTRE_NUMBERS + 1) }), { code: 'INVARIANT', seen: /centres/ })
  t.throws(() => kernelGraph({ ...model, weights: model.weights.map(() => 1e300) }), { code: 'INVARIANT', seen: /float32/ })
})
