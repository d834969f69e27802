import { Failure } from '../failures.js'
import { type Field, readFields } from './graph-fields.js'

/**
 * Operators that a graph may use: those that `src/training/onnx` writes, and plain arithmetic. None of them branches, loops, draws numbers, opens a
 * file, or makes a tensor that is larger than its inputs and weights have room for.
 */
export const OPERATORS: readonly string[] = [
  ...['Conv', 'Gemm', 'MaxPool', 'Relu', 'Reshape', 'QuantizeLinear', 'DequantizeLinear'],
  ...[
    'Add',
    'Sub',
    'Mul',
    'Div',
    'Neg',
    'Exp',
    'Log',
    'Sqrt',
    'Max',
    'Min',
    'MatMul',
    'Sigmoid',
    'Softmax',
    'Tanh',
    'ReduceSum',
    'ReduceSumSquare',
    'Cast',
  ],
]
/** Of a graph; the largest of ours has some forty. */
export const MAX_NODES = 1024
export const MAX_TENSORS = 4096
/** Of an axis of a tensor, and of a number in an attribute (kernels, strides, padding). */
export const MAX_DIM = 2 ** 20
export const MAX_ATTRIBUTE = 2 ** 16
/** Bytes of all stored tensors together. */
export const MAX_TENSOR_BYTES = 48 * 1024 * 1024

/** Fields that are understood (onnx.proto of ONNX 1.12); every other one, functions, subgraphs and training among them, is refused. */
const known = {
  ModelProto: [1, 2, 3, 4, 5, 6, 7, 8, 14],
  OperatorSetIdProto: [1, 2],
  GraphProto: [1, 2, 5, 10, 11, 12, 13],
  NodeProto: [1, 2, 3, 4, 5, 6, 7],
  AttributeProto: [1, 2, 3, 4, 7, 8, 13, 20],
  TensorProto: [1, 2, 8, 9, 12, 14],
} as const

/** Bytes of an element by TensorProto.DataType: float, uint8, int8, int32, int64, double. */
const ELEMENT_BYTES: Readonly<Record<number, number>> = { 1: 4, 2: 1, 3: 1, 6: 4, 7: 8, 11: 8 }

/**
 * Looks through an ONNX file before an engine sees a byte of it: operators of the list and of the standard set, everything in the file itself, no
 * tensor that is not there in full.
 * @throws Failure BUNDLE_INVALID that says what is there and what is allowed
 */
export const checkGraph = (bytes: Uint8Array, where: string): void => {
  const model = message(bytes, 'ModelProto', where)
  const domains = all(model, 8).map((set) => text(message(set, 'OperatorSetIdProto', where), 1))
  if (domains.length !== 1 || !isStandard(domains[0])) throw refuse(where, `operator sets ${list(domains)}`, 'the standard set alone')
  const [graph, ...others] = all(model, 7)
  if (graph === undefined || others.length > 0) throw refuse(where, `${others.length + (graph ? 1 : 0)} graphs`, 'one')
  const fields = message(graph, 'GraphProto', where)
  const nodes = all(fields, 1)
  if (nodes.length > MAX_NODES) throw refuse(where, `${nodes.length} operators`, `at most ${MAX_NODES}`)
  for (const node of nodes) checkNode(message(node, 'NodeProto', where), where)
  const tensors = all(fields, 5)
  if (tensors.length > MAX_TENSORS) throw refuse(where, `${tensors.length} tensors`, `at most ${MAX_TENSORS}`)
  const total = tensors.reduce((sum, tensor) => sum + tensorBytes(message(tensor, 'TensorProto', where), where), 0)
  if (total > MAX_TENSOR_BYTES) throw refuse(where, `${total} bytes of weights`, `at most ${MAX_TENSOR_BYTES}`)
}

const checkNode = (node: readonly Field[], where: string): void => {
  const [operator, domain] = [text(node, 4), text(node, 7)]
  if (!OPERATORS.includes(operator) || !isStandard(domain))
    throw refuse(where, `the operator ${domain === '' ? '' : `${domain}.`}${operator}`, OPERATORS.join(', '))
  for (const bytes of all(node, 5)) {
    const attribute = message(bytes, 'AttributeProto', `${where}: ${operator}`)
    const numbers = attribute.filter(({ field }) => field === 3 || field === 8).flatMap(integers)
    const large = numbers.find((value) => value > MAX_ATTRIBUTE || value < -MAX_ATTRIBUTE)
    if (large !== undefined) throw refuse(`${where}: ${operator} ${text(attribute, 1)}`, `${large}`, `at most ${MAX_ATTRIBUTE}`)
  }
}

/** Of a tensor whose declared size is that of its data. */
const tensorBytes = (tensor: readonly Field[], where: string): number => {
  const at = `${where}: tensor ${text(tensor, 8)}`
  if (tensor.some(({ field, value }) => field === 14 && value !== 0n)) throw refuse(at, 'data in another file', 'data in the graph itself')
  const dims = tensor.filter(({ field }) => field === 1).flatMap(integers)
  const large = dims.find((dim) => dim < 1 || dim > MAX_DIM)
  if (large !== undefined) throw refuse(at, `an axis of ${large}`, `1 to ${MAX_DIM}`)
  const types = tensor.filter(({ field }) => field === 2).flatMap(integers)
  const [raw, ...more] = all(tensor, 9)
  const size = ELEMENT_BYTES[types.length === 1 ? (types[0] ?? 0) : 0]
  if (size === undefined) throw refuse(at, `elements of type ${list(types)}`, Object.keys(ELEMENT_BYTES).join(', '))
  const declared = dims.reduce((product, dim) => product * dim, size)
  if (raw?.length !== declared || more.length > 0)
    throw refuse(at, `${declared} bytes by its axes ${list(dims)}, ${raw?.length ?? 0} bytes of data`, 'the same')
  return declared
}

const refuse = (where: string, seen: string, allowed: string): Failure =>
  new Failure('BUNDLE_INVALID', { where, seen, allowed, cure: 'train the model anew, or import it with "bundle import"' })

const message = (bytes: Uint8Array, kind: keyof typeof known, where: string): readonly Field[] => {
  const fields = readFields(bytes, `${where}: ${kind}`)
  const allowed: readonly number[] = known[kind]
  const strange = fields.find(({ field }) => !allowed.includes(field))
  if (strange !== undefined)
    throw refuse(`${where}: ${kind}`, `the field ${strange.field}${STRANGERS[`${kind} ${strange.field}`] ?? ''}`, `the fields ${allowed.join(', ')}`)
  return fields
}

/** What is most likely meant to do harm gets its name. */
const STRANGERS: Readonly<Record<string, string>> = {
  'TensorProto 13': ' (data in another file)',
  'ModelProto 20': ' (training)',
  'ModelProto 25': ' (functions)',
  'GraphProto 15': ' (sparse tensors)',
  'AttributeProto 5': ' (a tensor)',
  'AttributeProto 6': ' (a graph)',
  'AttributeProto 11': ' (graphs)',
}

const isStandard = (domain: string | undefined): boolean => domain === '' || domain === 'ai.onnx'

const all = (fields: readonly Field[], wanted: number): readonly Uint8Array[] =>
  fields.flatMap(({ field, value }) => (field === wanted && value instanceof Uint8Array ? [value] : []))

/** Of several the last counts, as protobuf has it. Anything that is no text is quoted in a message alone. */
const text = (fields: readonly Field[], wanted: number): string =>
  Buffer.from(all(fields, wanted).at(-1) ?? new Uint8Array())
    .toString('utf8')
    .slice(0, 100)

/** Of a repeated number, in either of the two ways to write it. */
const integers = ({ value, wire }: Field): readonly number[] => {
  if (typeof value === 'bigint') return [Number(value)]
  return wire === 2 ? packed(value) : []
}

const packed = (bytes: Uint8Array): readonly number[] => {
  const found: number[] = []
  let [value, shift] = [0n, 0n]
  for (const byte of bytes) {
    value |= BigInt(byte & 127) << shift
    shift += 7n
    if (byte >= 128 && shift < 70n) continue
    found.push(Number(BigInt.asIntN(64, value)))
    ;[value, shift] = [0n, 0n]
  }
  return found
}

const list = (values: readonly (string | number | undefined)[]): string => values.map((value) => value || '""').join(', ') || 'none'
