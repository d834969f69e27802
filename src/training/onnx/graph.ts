import { integer, join, message, bytes as rawBytes, text } from './protobuf.js'

/** Debian 12's checker (onnx 1.12) knows no newer ones; onnxruntime reads all older ones. */
export const IR_VERSION = 8
export const OPSET = 13

/** A stored array; `dims` empty is one number. The element type is that of the array. */
export interface Tensor {
  readonly name: string
  readonly dims: readonly number[]
  readonly values: Float32Array | Float64Array | Uint8Array | Int8Array | Int32Array | BigInt64Array
}

/** One operation of opset 13: a number is an INT attribute, a list of numbers INTS. */
export interface Node {
  readonly op: string
  readonly inputs: readonly string[]
  readonly output: string
  readonly attributes?: Readonly<Record<string, number | readonly number[]>>
}

/** One input `input` [N, inputs] and one output `output` [N, outputs], float32, N free. Nodes stand in the order in which they run. */
export interface Graph {
  readonly name: string
  readonly inputs: number
  readonly outputs: number
  readonly nodes: readonly Node[]
  readonly tensors: readonly Tensor[]
}

/** Collects a graph: both calls return the name under which later nodes find the thing. */
export interface GraphBuilder {
  store(name: string, dims: readonly number[], values: Tensor['values']): string
  step(op: string, inputs: readonly string[], output: string, attributes?: Node['attributes']): string
  readonly nodes: readonly Node[]
  readonly tensors: readonly Tensor[]
}

export const graphBuilder = (): GraphBuilder => {
  const nodes: Node[] = []
  const tensors: Tensor[] = []
  return {
    nodes,
    tensors,
    store(name, dims, values) {
      tensors.push({ name, dims, values })
      return name
    },
    step(op, inputs, output, attributes = {}) {
      nodes.push({ op, inputs, output, attributes })
      return output
    },
  }
}

/** An ONNX file (onnx.proto of ONNX 1.12, ModelProto). The same graph gives the same bytes: no date, no version, no host in it. */
export const encodeModel = (graph: Graph): Uint8Array =>
  join([
    integer(1, IR_VERSION),
    text(2, 'spectro2mqtt'),
    message(
      7,
      ...graph.nodes.map(nodeField),
      text(2, graph.name),
      ...graph.tensors.map(tensorField),
      valueField(11, 'input', graph.inputs),
      valueField(12, 'output', graph.outputs),
    ),
    message(8, text(1, ''), integer(2, OPSET)),
  ])

const nodeField = ({ op, inputs, output, attributes }: Node): Uint8Array =>
  message(
    1,
    ...inputs.map((name) => text(1, name)),
    text(2, output),
    text(3, output),
    text(4, op),
    ...Object.entries(attributes ?? {}).map(([name, value]) =>
      typeof value === 'number'
        ? message(5, text(1, name), integer(3, value), integer(20, 2))
        : message(5, text(1, name), ...value.map((one) => integer(8, one)), integer(20, 7)),
    ),
  )

const tensorField = ({ name, dims, values }: Tensor): Uint8Array =>
  message(5, ...dims.map((dim) => integer(1, dim)), integer(2, elementType(values)), text(8, name), rawBytes(9, littleEndian(values)))

const valueField = (field: number, name: string, width: number): Uint8Array =>
  message(field, text(1, name), message(2, message(1, integer(1, FLOAT), message(2, message(1, text(2, 'N')), message(1, integer(1, width))))))

/** TensorProto.DataType; the attribute `to` of Cast is one too. */
export const FLOAT = 1
export const DOUBLE = 11

const elementType = (values: Tensor['values']): number => {
  if (values instanceof Float32Array) return FLOAT
  if (values instanceof Float64Array) return DOUBLE
  if (values instanceof Uint8Array) return 2
  if (values instanceof Int8Array) return 3
  return values instanceof Int32Array ? 6 : 7
}

const littleEndian = (values: Tensor['values']): Uint8Array => {
  const out = new Uint8Array(values.byteLength)
  const view = new DataView(out.buffer)
  values.forEach((value: number | bigint, i: number) => {
    if (values instanceof Float32Array) view.setFloat32(4 * i, Number(value), true)
    else if (values instanceof Float64Array) view.setFloat64(8 * i, Number(value), true)
    else if (values instanceof Int32Array) view.setInt32(4 * i, Number(value), true)
    else if (values instanceof BigInt64Array) view.setBigInt64(8 * i, BigInt(value), true)
    else view.setUint8(i, Number(value) & 255)
  })
  return out
}
