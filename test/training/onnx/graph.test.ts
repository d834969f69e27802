import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import t from 'tap'
import { kernelGraph } from '../../../src/training/kernel/graph.js'
import { calibrate } from '../../../src/training/onnx/calibrate.js'
import { floatGraph } from '../../../src/training/onnx/float-graph.js'
import { encodeModel } from '../../../src/training/onnx/graph.js'
import { int8Graph } from '../../../src/training/onnx/int8-graph.js'
import { linearGraph } from '../../../src/training/onnx/linear-graph.js'
import type { Net } from '../../../src/training/onnx/net.js'
import { ordinalHead } from '../../../src/training/onnx/ordinal.js'
import { quantize } from '../../../src/training/onnx/quantize.js'
import { trickyNet } from '../../support/nets.js'

const tinyKernel = () =>
  kernelGraph({
    channels: 2,
    outputs: 1,
    centres: Float64Array.of(0, 0, 3, 4),
    stretch: Float64Array.of(1, 0.5),
    gamma: 0.5,
    weights: Float64Array.of(1, -2),
    bias: Float64Array.of(0.25),
  })

/** Weights without any arithmetic of the platform behind them. */
const tinyNet: Net = {
  inputs: 5,
  convs: [{ width: 3, channels: 2, pool: 2, weights: Float32Array.of(0.5, -1, 0.25, 1, 0.125, -0.5), bias: Float32Array.of(0.5, -0.25) }],
  denses: [{ outputs: 1, weights: Float32Array.of(1, -1, 0.5, 2), bias: Float32Array.of(0.75) }],
  head: ordinalHead({ limits: [190, 210], slope: 0.5, mean: 200, sd: 8 }),
}
const tinyInt8 = () => int8Graph(quantize(tinyNet, { input: [-1, 1], hidden: [2] }))
const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

const python = '/usr/bin/python3'
const hasChecker = spawnSync(python, ['-c', 'import onnx']).status === 0

t.test(
  'the official checker passes every kind of graph, shapes included',
  { skip: hasChecker ? false : `skipped: ${python} has no onnx (apt install python3-onnx)` },
  async (t) => {
    const net = trickyNet()
    const graphs: Record<string, Uint8Array> = {
      'float.onnx': floatGraph(net),
      'int8.onnx': int8Graph(quantize(net, calibrate(net, [new Float32Array(net.inputs).fill(1)]))),
      'ordinal.onnx': floatGraph(tinyNet),
      'ordinal-int8.onnx': tinyInt8(),
      'kernel.onnx': tinyKernel(),
      'linear.onnx': linearGraph({ outputs: 2, weights: Float32Array.of(1, 2, 3, 4, 5, 6), bias: Float32Array.of(7, 8) }),
    }
    const folder = t.testdir(Object.fromEntries(Object.entries(graphs).map(([name, bytes]) => [name, Buffer.from(bytes)])))
    const program = [
      'import onnx, sys',
      'for f in sys.argv[1:]:',
      '  m = onnx.load(f)',
      '  onnx.checker.check_model(m, full_check=True)',
      '  assert onnx.shape_inference.infer_shapes(m, strict_mode=True).graph.output[0].type.tensor_type.shape.dim[0].dim_param == "N"',
      '  print("ok")',
    ].join('\n')
    const run = spawnSync(python, ['-c', program, ...Object.keys(graphs).map((name) => join(folder, name))], { encoding: 'utf8' })
    t.equal(run.stdout, 'ok\n'.repeat(6), run.stderr)
  },
)

t.test('the same net gives the same bytes, on every machine', async (t) => {
  t.equal(hash(floatGraph(tinyNet)), 'c785e1dff10532c6de070ea71abb8c1406daf9005cb350badd534f29156625fc')
  t.equal(hash(tinyKernel()), 'a69c9815bd11e30bf291d15769144be6aa42e32e26303fd852e08f9a958650b4')
  t.equal(hash(tinyInt8()), '91f037ed4272c11be8de474c685ab78ad0ccc4ce8cb42e18156d5c1403c7dd1f')
})

t.test('the frame of a file is as onnx.proto has it', async (t) => {
  const bytes = encodeModel({
    name: 'g',
    inputs: 300,
    outputs: 1,
    nodes: [{ op: 'Op', inputs: ['input'], output: 'output', attributes: { axis: -1, pads: [0, 2] } }],
    tensors: [{ name: 't', dims: [2], values: Int32Array.of(1, -2) }],
  })
  const want = [
    '0808', // ir_version 8
    '120c 7370656374726f326d717474', // producer_name
    '3a8e01', // graph, 142 bytes
    '0a40 0a05696e707574 12066f7574707574 1a066f7574707574 22024f70', // node: input, output, name, op_type
    '2a14 0a0461786973 18ffffffffffffffffff01 a00102', // axis = -1 in ten bytes, INT
    '2a0d 0a0470616473 4000 4002 a00107', // pads, INTS
    '1201 67', // name
    '2a11 0802 1006 420174 4a08 01000000feffffff', // tensor: dims, INT32, name, little-endian data
    '5a19 0a05696e707574 1210 0a0e 0801 120a 0a03 12014e 0a03 08ac02', // input: FLOAT, N x 300
    '6219 0a066f7574707574 120f 0a0d 0801 1209 0a03 12014e 0a02 0801', // output: FLOAT, N x 1
    '4204 0a00 100d', // the standard operators, version 13
  ].join(' ')
  t.equal(Buffer.from(bytes).toString('hex'), want.replaceAll(' ', ''))
})
