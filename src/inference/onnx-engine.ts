import { Failure } from '../failures.js'
import type { Engine } from './engine.js'

/**
 * One thread and no reordering: a second thread gains little at one spectrum and takes a core. `x64quantprecision` keeps x64 processors
 * without VNNI from saturating when they add u8 times s8 products in 16 bits; `qdq_matmulnbits_accuracy_level` 1 keeps an int8 product whose
 * input is not quantized right before it in float, instead of quantizing it anew block by block. Both make every machine give one answer.
 */
const options = {
  executionProviders: ['cpu'],
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  executionMode: 'sequential',
  graphOptimizationLevel: 'all',
  logSeverityLevel: 3,
  extra: { session: { x64quantprecision: '1', qdq_matmulnbits_accuracy_level: '1' } },
} as const

/**
 * Since 1.29 the official builds report to their maker: a device id in the home folder, and uploads. The opt-out is read once, before the library
 * starts, and is a full one (microsoft/onnxruntime pull 27379).
 */
const loading = () => {
  process.env['ORT_DISABLE_TELEMETRY'] = '1'
  return import('onnxruntime-node')
}
type Runtime = Awaited<ReturnType<typeof loading>>

/** The ONNX Runtime library, loaded at first use. @throws Failure PART_MISSING when its native part cannot be loaded here. */
export const loadRuntime = async (load: () => Promise<Runtime> = loading): Promise<Runtime> => {
  try {
    return await load()
  } catch (cause) {
    throw new Failure('PART_MISSING', {
      where: 'onnxruntime-node',
      seen: cause instanceof Error ? cause.message : String(cause),
      allowed: 'Linux on x64 or arm64 with glibc',
      cure: 'run `npm ci` again on this machine, with its own node_modules (not those copied from another kind of processor)',
      cause,
    })
  }
}

/**
 * Opens an ONNX graph with one float32 input [N, channels] and one float32 output [N, outputs]; N is free or 1, and rows go in one by one if it is 1.
 * @throws Failure BUNDLE_INVALID for bytes that are no graph, or a graph of another shape; PART_MISSING without the library.
 */
export const openOnnxEngine = async (graph: Uint8Array, where = 'model.onnx'): Promise<Engine> => {
  const { InferenceSession, Tensor } = await loadRuntime()
  const session = await InferenceSession.create(graph, options).catch((cause: unknown) => {
    throw new Failure('BUNDLE_INVALID', { where, seen: cause instanceof Error ? cause.message : String(cause), allowed: 'an ONNX graph', cause })
  })
  const input = matrix(session.inputMetadata, 'input', where)
  const output = matrix(session.outputMetadata, 'output', where)
  const single = input.rows === 1
  const run = async (batch: Float32Array, n: number): Promise<Float32Array> => {
    const outcome = await session.run({ [input.name]: new Tensor('float32', batch, [n, input.columns]) })
    const data = outcome[output.name]?.data
    if (!(data instanceof Float32Array) || data.length !== n * output.columns)
      throw new Failure('BUNDLE_INVALID', { where, seen: `${data?.length} values from the graph`, allowed: `${n} rows of ${output.columns}` })
    return data
  }
  const oneByOne = async (batch: Float32Array, n: number): Promise<Float32Array> => {
    const all = new Float32Array(n * output.columns)
    for (let i = 0; i < n; i++) all.set(await run(batch.subarray(i * input.columns, (i + 1) * input.columns), 1), i * output.columns)
    return all
  }
  return {
    inputs: input.columns,
    outputs: output.columns,
    predict: async (batch, n) => {
      if (n < 1 || batch.length !== n * input.columns)
        throw new Failure('INVARIANT', { where, seen: `${batch.length} values for ${n} rows`, allowed: `${input.columns} values a row` })
      return single ? oneByOne(batch, n) : run(batch, n)
    },
    close: () => session.release(),
  }
}

interface ValueMetadata {
  readonly name: string
  readonly isTensor: boolean
  readonly type?: string
  readonly shape?: readonly (number | string)[]
}

const matrix = (values: readonly ValueMetadata[], end: 'input' | 'output', where: string) => {
  const [value] = values
  const [rows, columns] = value?.shape ?? []
  const free = typeof rows === 'string' || rows === -1
  if (
    values.length !== 1 ||
    value?.type !== 'float32' ||
    value.shape?.length !== 2 ||
    typeof columns !== 'number' ||
    columns < 1 ||
    !(free || rows === 1)
  )
    throw new Failure('BUNDLE_INVALID', {
      where: `${where}: ${end}`,
      seen: values.map(({ name, type, shape }) => `${name}: ${type ?? 'not a tensor'} [${shape?.join(', ') ?? ''}]`).join(' and ') || 'none',
      allowed: `one ${end}, float32 [N, ${end === 'input' ? 'channels' : 'outputs'}]`,
    })
  return { name: value.name, columns, rows: free ? null : 1 }
}
