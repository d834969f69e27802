import { readFile, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { asFailure, Failure, isFailure } from '../../failures.js'
import { openTensorflow } from '../tensorflow.js'

/** Bytes of `model.json`, and of all its weights together. */
export const MAX_TOPOLOGY_BYTES = 4 << 20
export const MAX_WEIGHTS_BYTES = 64 << 20

/** One layer as TF.js read it: its class, its own settings, and its weights in the order of TF.js. */
export interface Layer {
  readonly name: string
  readonly kind: string
  readonly config: Readonly<Record<string, unknown>>
  readonly weights: readonly Float32Array[]
}

/** A TF.js LayersModel in one line from input to output. `input` is the shape of one spectrum. */
export interface LayersModel {
  readonly input: readonly number[]
  readonly layers: readonly Layer[]
}

/** What is asked of `model.json`; everything else is for TF.js. */
const modelJson = z.looseObject({
  modelTopology: z.looseObject({}),
  weightsManifest: z.array(
    z.looseObject({
      // A shard lies beside model.json: no folder, nothing outside.
      paths: z.array(z.string().regex(/^[^/\\]+$/, 'a file name without a folder')),
      weights: z.array(z.looseObject({ name: z.string(), shape: z.array(z.number()), dtype: z.literal(['float32', 'int32', 'bool']) })),
    }),
  ),
})

/**
 * Reads `model.json` and its weights, as `model.save('file://...')` and tensorflowjs_converter write them. Nothing is fetched.
 * @throws Failure DATA_INVALID naming the file or layer, what was seen and what is allowed; PART_MISSING without TF.js.
 */
export const readLayersModel = async (file: string): Promise<LayersModel> => {
  const json = parsed(await readBounded(file, MAX_TOPOLOGY_BYTES), file)
  const shards: Uint8Array[] = []
  let left = MAX_WEIGHTS_BYTES
  for (const path of json.weightsManifest.flatMap(({ paths }) => paths)) {
    const shard = await readBounded(join(dirname(file), path), left)
    left -= shard.length
    shards.push(shard)
  }
  await openTensorflow('wasm')
  const [{ io }, { loadLayersModel }] = await Promise.all([import('@tensorflow/tfjs-core'), import('@tensorflow/tfjs-layers')])
  const weightData = new Uint8Array(Buffer.concat(shards)).buffer
  const weightSpecs = json.weightsManifest.flatMap(({ weights }) => weights)
  const model = await loadLayersModel(io.fromMemory({ modelTopology: json.modelTopology, weightSpecs, weightData })).catch((cause: unknown) => {
    throw refused(file, cause instanceof Error ? cause.message : String(cause), 'a TF.js LayersModel (not a graph model) with all its weights', cause)
  })
  try {
    return inLine(model, file)
  } finally {
    model.dispose()
  }
}

type Loaded = Awaited<ReturnType<typeof import('@tensorflow/tfjs-layers')['loadLayersModel']>>

/** @throws Failure DATA_INVALID where the layers branch, join, or are used twice. */
const inLine = (model: Loaded, file: string): LayersModel => {
  if (model.inputs.length !== 1 || model.outputs.length !== 1)
    throw refused(file, `${model.inputs.length} inputs and ${model.outputs.length} outputs`, 'one of each')
  const layers = model.layers.filter((layer) => layer.getClassName() !== 'InputLayer')
  layers.forEach((layer, i) => {
    const [node, ...others] = layer.inboundNodes
    const before = node?.inboundLayers ?? []
    const wanted = layers[i - 1]
    const follows = wanted ? before[0] === wanted : before[0]?.getClassName() === 'InputLayer'
    if (others.length > 0 || before.length !== 1 || !follows)
      throw refused(`${file}, layer "${layer.name}"`, 'a layer that does not follow the one before it alone', 'layers in one line, each used once')
  })
  const [, ...input] = model.inputs[0]?.shape ?? []
  return {
    input: input.map((size) => size ?? Number.NaN),
    layers: layers.map((layer) => ({
      name: layer.name,
      kind: layer.getClassName(),
      config: layer.getConfig(),
      weights: layer.getWeights().map((tensor) => Float32Array.from(tensor.dataSync())),
    })),
  }
}

const parsed = (bytes: Uint8Array, file: string): z.output<typeof modelJson> => {
  let raw: unknown
  try {
    raw = JSON.parse(Buffer.from(bytes).toString('utf8'))
  } catch (cause) {
    throw refused(file, 'text that is not JSON', 'the model.json of a TF.js LayersModel', cause)
  }
  const outcome = modelJson.safeParse(raw)
  if (outcome.success) return outcome.data
  const [issue] = outcome.error.issues
  throw refused(`${file}, key "${issue?.path.join('.') ?? ''}"`, issue?.message ?? 'something else', 'the model.json of a TF.js LayersModel')
}

const readBounded = async (file: string, limitBytes: number): Promise<Uint8Array> => {
  try {
    const found = await stat(file)
    if (!found.isFile()) throw refused(file, 'something that is not a file', 'model.json, and its weights beside it')
    if (found.size > limitBytes) throw refused(file, `${found.size} bytes`, `at most ${limitBytes} bytes`)
    return await readFile(file)
  } catch (error) {
    if (isFailure(error)) throw error
    const cause = asFailure(error, 'DATA_INVALID')
    throw refused(file, cause.seen ?? cause.message, 'model.json, and its weights beside it', error)
  }
}

const refused = (where: string, seen: string, allowed: string, cause?: unknown): Failure =>
  new Failure('DATA_INVALID', { where, seen, allowed, ...(cause === undefined ? {} : { cause }) })
