import t from 'tap'
import { openOnnxEngine } from '../../../src/inference/onnx-engine.js'
import { seededRandom } from '../../../src/spectrum/random.js'
import { calibrate } from '../../../src/training/onnx/calibrate.js'
import { forward } from '../../../src/training/onnx/forward.js'
import { int8Graph } from '../../../src/training/onnx/int8-graph.js'
import { type Net, randomNet } from '../../../src/training/onnx/net.js'
import { ordinalHead } from '../../../src/training/onnx/ordinal.js'
import { quantize } from '../../../src/training/onnx/quantize.js'
import { int8Forward } from '../../support/int8-forward.js'
import { farthest, randomRows, shrinkingNet, sideBySide, trickyNet } from '../../support/nets.js'

const nets: Record<string, Net> = {
  'kernels of even and odd width, odd lengths, with and without pool': trickyNet(),
  'no zeros beside the rows': shrinkingNet(),
  'no convolution': randomNet({ inputs: 30, convs: [], denses: [16, 4] }, seededRandom(2)),
  'an ordinal head': {
    ...randomNet({ inputs: 64, convs: [{ width: 7, channels: 6, pool: 2 }], denses: [16, 1] }, seededRandom(4)),
    head: ordinalHead({ limits: [190, 210], slope: 0.1, mean: 199, sd: 12 }),
  },
}

for (const [name, net] of Object.entries(nets)) {
  const calibration = randomRows(64, net.inputs, seededRandom(6))
  const rows = randomRows(16, net.inputs, seededRandom(7))
  const quantized = quantize(net, calibrate(net, calibration, 100))

  t.test(`onnxruntime computes the whole numbers that the definition gives: ${name}`, async (t) => {
    const engine = await openOnnxEngine(int8Graph(quantized))
    t.teardown(() => engine.close())
    const want = sideBySide(rows.map((row) => int8Forward(quantized, row)))
    const together = (await engine.predict(sideBySide(rows), rows.length)).slice()
    t.ok(farthest(together, want) <= 1e-5, `farthest ${farthest(together, want)}`)
    const single: Float32Array[] = []
    for (const row of rows) single.push((await engine.predict(row, 1)).slice())
    t.strictSame(sideBySide(single), together, 'one by one and sixteen at once are the same to the bit')
  })

  t.test(`whole numbers stay near the float net: ${name}`, async (t) => {
    const want = rows.map((row) => forward(net, row))
    const spread = farthest(sideBySide(want), new Float32Array(sideBySide(want).length))
    const got = rows.map((row) => int8Forward(quantized, row))
    const worst = farthest(sideBySide(got), sideBySide(want))
    t.ok(worst < 0.08 * spread, `farthest ${worst} of ${spread}`)
    t.ok(worst > 0, 'it really is quantized')
  })
}

t.test('sums that 16 bits cannot hold are exact: full input against full weights', async (t) => {
  const net: Net = {
    inputs: 64,
    convs: [{ width: 3, channels: 2, pool: 1, weights: Float32Array.of(1, 1, 1, 1, -1, 1), bias: Float32Array.of(0, 0) }],
    denses: [{ outputs: 2, weights: new Float32Array(256).fill(1, 0, 128).fill(-1, 128), bias: Float32Array.of(0.5, -0.5) }],
    head: null,
  }
  const row = new Float32Array(64).fill(1)
  const quantized = quantize(net, { input: [0, 1], hidden: [3] })
  const engine = await openOnnxEngine(int8Graph(quantized))
  t.teardown(() => engine.close())
  const got = await engine.predict(row, 1)
  t.ok(farthest(got, int8Forward(quantized, row)) <= 1e-4)
  t.ok(farthest(got, forward(net, row)) < 1, `${[...got]} beside ${[...forward(net, row)]}`)
})
