import t from 'tap'
import { seededRandom } from '../../../src/spectrum/random.js'
import { chooseGraph } from '../../../src/training/import/choose-graph.js'
import { randomNet } from '../../../src/training/onnx/net.js'
import { randomRows } from '../../support/nets.js'

const rowsOf = (loud: number) => randomRows(60, 12, seededRandom(3)).map((row) => Float64Array.from([...row.subarray(0, 11), loud]))

t.test('int8 ships where it gives the labels of fp32', async (t) => {
  const net = randomNet({ inputs: 12, convs: [], denses: [8, 3] }, seededRandom(2))
  const chosen = await chooseGraph({ net, task: 'class', rows: rowsOf(0), truth: null, isRange: () => true })
  t.match(chosen, { kind: 'int8', text: /^Quantized to int8: it gives the label of fp32 to (98|99|100)/ })
  t.equal(chosen.outputs.length, 60)
})

t.test('where one loud channel leaves no steps for the others, the graph stays in fp32', async (t) => {
  const net = randomNet({ inputs: 12, convs: [], denses: [3] }, seededRandom(2))
  // Weight 0 for the loud channel: it says nothing, and takes the whole range.
  const deaf = { ...net, denses: net.denses.map((dense) => ({ ...dense, weights: dense.weights.map((w, at) => (at % 12 === 11 ? 0 : w)) })) }
  const loud = rowsOf(1000)
  const chosen = await chooseGraph({ net: deaf, task: 'class', rows: loud, truth: null, isRange: () => true })
  t.match(chosen, { kind: 'fp32', text: /^Left in fp32/ })
})

t.test('a value may differ by a tenth of its own error, or where that is not known by a hundredth of its spread', async (t) => {
  const net = randomNet({ inputs: 12, convs: [], denses: [8, 1] }, seededRandom(2))
  const rows = rowsOf(0)
  const blind = await chooseGraph({ net, task: 'value', rows, truth: null, isRange: () => true })
  const exact = blind.outputs.map((row) => row[0] ?? 0)
  const rough = await chooseGraph({ net, task: 'value', rows, truth: exact.map((value) => value + 1), isRange: () => true })
  t.equal(rough.kind, 'int8', 'beside an error of 1')
  const fine = await chooseGraph({ net, task: 'value', rows, truth: exact.map((value) => value + 0.001), isRange: () => true })
  t.equal(fine.kind, 'fp32', 'beside an error of a thousandth')
})
