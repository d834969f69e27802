import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { openOnnxEngine } from '../../../src/inference/onnx-engine.js'
import { softmax } from '../../../src/inference/scores.js'
import { seededRandom } from '../../../src/spectrum/random.js'
import { readLayersModel } from '../../../src/training/import/layers-model.js'
import { netOfLayers } from '../../../src/training/import/net-of-layers.js'
import { floatGraph } from '../../../src/training/onnx/float-graph.js'
import { answersOf, type Kit, type Stack, savedModel, shaken, tensorflow } from '../../support/layers-models.js'
import { farthest, randomRows, sideBySide } from '../../support/nets.js'

const kit = await tensorflow()
const { layers } = kit

const stacked = (...list: Parameters<Stack['add']>[0][]): Stack => {
  const stack = kit.sequential()
  for (const layer of list) stack.add(layer)
  return stack
}

const models: Record<string, { shape: number[]; build: (k: Kit['layers']) => Stack }> = {
  'dense layers alone': {
    shape: [17],
    build: (k) => stacked(k.dense({ inputShape: [17], units: 6, activation: 'relu' }), k.dense({ units: 3, activation: 'softmax' })),
  },
  'kernels of even and odd width, zeros beside the rows, odd lengths': {
    shape: [37, 1],
    build: (k) =>
      stacked(
        k.conv1d({ inputShape: [37, 1], filters: 4, kernelSize: 5, padding: 'same', activation: 'relu' }),
        k.maxPooling1d({ poolSize: 2 }),
        k.conv1d({ filters: 3, kernelSize: 4, padding: 'same', activation: 'relu' }),
        k.dropout({ rate: 0.5 }),
        k.flatten(),
        k.dense({ units: 5, activation: 'relu' }),
        k.dense({ units: 3, activation: 'softmax' }),
      ),
  },
  'rows that shrink, normalisations before and behind ReLU, activations as layers': {
    shape: [40],
    build: (k) =>
      stacked(
        k.reshape({ inputShape: [40], targetShape: [40, 1] }),
        k.batchNormalization(),
        k.conv1d({ filters: 4, kernelSize: 6, useBias: false }),
        k.batchNormalization(),
        k.activation({ activation: 'relu' }),
        k.maxPooling1d({ poolSize: 2 }),
        k.batchNormalization({ scale: false }),
        k.conv1d({ filters: 5, kernelSize: 3 }),
        k.maxPooling1d({ poolSize: 2 }),
        k.reLU(),
        k.batchNormalization({ center: false }),
        k.flatten(),
        k.dense({ units: 6 }),
        k.batchNormalization(),
        k.reLU(),
        k.batchNormalization(),
        k.dense({ units: 4 }),
        k.softmax(),
      ),
  },
  'images of one line': {
    shape: [1, 30, 1],
    build: (k) =>
      stacked(
        k.conv2d({ inputShape: [1, 30, 1], filters: 3, kernelSize: [1, 7], padding: 'same', activation: 'relu' }),
        k.maxPooling2d({ poolSize: [1, 2], padding: 'same' }),
        k.flatten(),
        k.dense({ units: 1 }),
      ),
  },
  'images of one column': {
    shape: [30, 1, 1],
    build: (k) =>
      stacked(
        k.conv2d({ inputShape: [30, 1, 1], filters: 3, kernelSize: [4, 1], activation: 'relu' }),
        k.maxPooling2d({ poolSize: [2, 1] }),
        k.flatten(),
        k.dense({ units: 1 }),
      ),
  },
}

for (const [name, { shape, build }] of Object.entries(models))
  t.test(`an imported net answers as TF.js does: ${name}`, async (t) => {
    const model = shaken(kit, build(layers))
    const length = shape.reduce((product, n) => product * n, 1)
    const rows = randomRows(6, length, seededRandom(8))
    const want = answersOf(kit, model, rows, shape)
    const net = netOfLayers(await readLayersModel(await savedModel(t, kit, model)))
    const engine = await openOnnxEngine(floatGraph(net))
    t.teardown(() => engine.close())
    const logits = (await engine.predict(sideBySide(rows), rows.length)).slice()
    const got = rows.flatMap((_, n) => {
      const row = logits.subarray(n * engine.outputs, (n + 1) * engine.outputs)
      const scores = new Float64Array(engine.outputs)
      return engine.outputs > 1 && softmax(row, 0, 1, scores) ? [...scores] : [...row]
    })
    t.ok(farthest(got, sideBySide(want)) < 1e-4, `farthest ${farthest(got, sideBySide(want))}`)
    t.ok(farthest(sideBySide(want.slice(0, 1)), sideBySide(want.slice(1, 2))) > 1e-3, `the answers differ: ${want.slice(0, 2).join(' and ')}`)
  })

t.test('a model of layers in one line by the functional interface is read as well', async (t) => {
  const x = kit.input({ shape: [12] })
  const y = layers.dense({ units: 2 }).apply(layers.dense({ units: 4, activation: 'relu' }).apply(x))
  const model = kit.model({ inputs: x, outputs: symbolic(y) })
  const net = netOfLayers(await readLayersModel(await savedModel(t, kit, model)))
  t.strictSame([net.inputs, net.denses.map(({ outputs }) => outputs)], [12, [4, 2]])
})

type Applied = ReturnType<ReturnType<Kit['layers']['dense']>['apply']>
const symbolic = (y: Applied): ReturnType<Kit['input']> => {
  if (Array.isArray(y) || !('sourceLayer' in y)) throw new Error('not symbolic')
  return y
}

const refused: readonly [string, (k: Kit['layers']) => Stack, object][] = [
  [
    'a kind of layer',
    (k) => stacked(k.globalAveragePooling1d({ inputShape: [9, 1] }), k.dense({ units: 2 })),
    { where: /layer "global_average/, seen: 'GlobalAveragePooling1D', allowed: /Dense, Conv1D/ },
  ],
  [
    'an activation',
    (k) => stacked(k.dense({ inputShape: [9], units: 2, activation: 'tanh' })),
    { where: /Dense, activation$/, seen: '"tanh"', allowed: /relu/ },
  ],
  [
    'strides',
    (k) => stacked(k.conv1d({ inputShape: [9, 1], filters: 2, kernelSize: 3, strides: 2, activation: 'relu' }), k.flatten(), k.dense({ units: 2 })),
    { where: /Conv1D, strides$/, seen: '[2]', allowed: /1 of a convolution/ },
  ],
  [
    'convolutions without ReLU',
    (k) => stacked(k.conv1d({ inputShape: [9, 1], filters: 2, kernelSize: 3 }), k.flatten(), k.dense({ units: 2 })),
    { seen: /without ReLU/ },
  ],
  ['ReLU at the end', (k) => stacked(k.dense({ inputShape: [9], units: 2, activation: 'relu' })), { seen: /no Dense layer as the last/ }],
  ['Dense on rows', (k) => stacked(k.dense({ inputShape: [9, 1], units: 2 })), { seen: 'Dense on rows of channels', allowed: /Flatten/ }],
  ['several channels', (k) => stacked(k.flatten({ inputShape: [9, 2] }), k.dense({ units: 2 })), { seen: 'the shape [9, 2]' }],
  [
    'zeros behind a normalisation',
    (k) =>
      stacked(
        k.conv1d({ inputShape: [9, 1], filters: 2, kernelSize: 3, activation: 'relu' }),
        k.batchNormalization(),
        k.conv1d({ filters: 2, kernelSize: 3, padding: 'same', activation: 'relu' }),
        k.flatten(),
        k.dense({ units: 2 }),
      ),
    { seen: /padding "same" behind a normalisation/, allowed: /before ReLU/ },
  ],
  [
    'a kernel across the spectrum',
    (k) =>
      stacked(k.conv2d({ inputShape: [1, 9, 1], filters: 2, kernelSize: [3, 1], padding: 'same' }), k.reLU(), k.flatten(), k.dense({ units: 2 })),
    { seen: 'a kernel across the spectrum' },
  ],
]

for (const [name, build, circumstances] of refused)
  t.test(`what no net of ours can hold is refused by name: ${name}`, async (t) => {
    const file = await savedModel(t, kit, build(layers))
    await t.rejects(readLayersModel(file).then(netOfLayers), { code: 'DATA_INVALID', ...circumstances })
  })

t.test('layers that branch are refused', async (t) => {
  const x = kit.input({ shape: [12] })
  const [a, b] = [layers.dense({ units: 4 }).apply(x), layers.dense({ units: 4 }).apply(x)]
  const model = kit.model({ inputs: x, outputs: symbolic(layers.add().apply([symbolic(a), symbolic(b)])) })
  await t.rejects(readLayersModel(await savedModel(t, kit, model)), { code: 'DATA_INVALID', seen: /does not follow/ })
})

t.test('files that are missing, cut, or outside of the folder are refused with their name', async (t) => {
  const file = await savedModel(t, kit, stacked(layers.dense({ inputShape: [9], units: 2 })))
  const shard = join(dirname(file), 'group1-shard2of2.bin')
  const whole = readFileSync(shard)
  writeFileSync(shard, whole.subarray(4))
  await t.rejects(readLayersModel(file), { code: 'DATA_INVALID', where: file })
  rmSync(shard)
  await t.rejects(readLayersModel(file), { code: 'DATA_INVALID', where: shard, seen: /ENOENT/ })
  const json = readFileSync(file, 'utf8')
  writeFileSync(file, json.replace('group1-shard2of2.bin', '../secret.bin'))
  await t.rejects(readLayersModel(file), { code: 'DATA_INVALID', where: /weightsManifest\.0\.paths\.1/, seen: 'a file name without a folder' })
  writeFileSync(file, json.slice(9))
  await t.rejects(readLayersModel(file), { code: 'DATA_INVALID', where: file, seen: 'text that is not JSON' })
  writeFileSync(file, '{"modelTopology": {}}')
  await t.rejects(readLayersModel(file), { code: 'DATA_INVALID', where: /weightsManifest/ })
})
