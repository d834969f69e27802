import t from 'tap'
import { openOnnxEngine } from '../../../src/inference/onnx-engine.js'
import { seededRandom } from '../../../src/spectrum/random.js'
import { floatGraph } from '../../../src/training/onnx/float-graph.js'
import { forward } from '../../../src/training/onnx/forward.js'
import { type Net, randomNet } from '../../../src/training/onnx/net.js'
import { ordinalHead } from '../../../src/training/onnx/ordinal.js'
import { farthest, randomRows, shrinkingNet, sideBySide, trickyNet } from '../../support/nets.js'

const nets: Record<string, Net> = {
  'kernels of even and odd width, odd lengths, with and without pool': trickyNet(),
  'no zeros beside the rows': shrinkingNet(),
  'no convolution': randomNet({ inputs: 9, convs: [], denses: [5, 2] }, seededRandom(2)),
  'one dense layer alone': randomNet({ inputs: 6, convs: [], denses: [4] }, seededRandom(3)),
  'an ordinal head': {
    ...randomNet({ inputs: 20, convs: [{ width: 3, channels: 2, pool: 2 }], denses: [1] }, seededRandom(4)),
    head: ordinalHead({ limits: [190, 210], slope: 0.5, mean: 199, sd: 12 }),
  },
}

for (const [name, net] of Object.entries(nets))
  t.test(`onnxruntime gives what plain TypeScript gives: ${name}`, async (t) => {
    const rows = randomRows(16, net.inputs, seededRandom(5))
    const want = sideBySide(rows.map((row) => forward(net, row)))
    const engine = await openOnnxEngine(floatGraph(net))
    t.teardown(() => engine.close())
    t.equal(engine.inputs, net.inputs)
    const together = (await engine.predict(sideBySide(rows), rows.length)).slice()
    t.ok(farthest(together, want) < 1e-4)
    t.notOk(farthest(new Float32Array(want.length), want) < 1e-2, 'all zeros would not pass')
    const single: Float32Array[] = []
    for (const row of rows) single.push((await engine.predict(row, 1)).slice())
    t.ok(farthest(sideBySide(single), together) < 1e-5, 'one by one and sixteen at once are the same')
  })
