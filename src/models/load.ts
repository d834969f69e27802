import { readFile, stat } from 'node:fs/promises'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { asFailure, Failure, isFailure } from '../failures.js'
import { type Batcher, createBatcher } from '../inference/batcher.js'
import type { Engine } from '../inference/engine.js'
import { buildGate, type Gate } from '../inference/gate.js'
import { openOnnxEngine } from '../inference/onnx-engine.js'
import { type Bundle, type ModelParts, readingBundle } from './bundle.js'
import { MAX_BUNDLE_BYTES } from './bundle-size.js'
import { checkGoldenAnswers } from './golden.js'
import { checkGraph } from './graph-rules.js'

/** A bundle that has given its own golden answers on this machine. Any number of instruments may be bound to it. */
export interface LoadedModel extends OpenModel {
  readonly bundle: Bundle
}

/** A model that can answer, whether or not anyone knows that it answers rightly. */
export interface OpenModel {
  readonly bundle: ModelParts
  readonly gate: Gate | null
  readonly batcher: Batcher
  /** Frees the engine; nothing may be inferred afterwards. May be called twice. */
  close(): Promise<void>
}

/**
 * Reads a bundle file or its bytes, opens the graph and lets it answer every golden spectrum.
 * @throws Failure BUNDLE_INVALID (damaged, or parts that do not fit), BUNDLE_SELFTEST (it answers otherwise than it should), PART_MISSING (no engine).
 */
export const loadBundle = async (
  source: string | Uint8Array,
  open: (graph: Uint8Array, where: string) => Promise<Engine> = openOnnxEngine,
): Promise<LoadedModel> => {
  const where = typeof source === 'string' ? source : 'bundle'
  const bundle = await readBundleInTurns(typeof source === 'string' ? await readBundleFile(source) : source, where)
  const model: LoadedModel = { ...(await openModel(bundle, open, where)), bundle }
  try {
    await checkGoldenAnswers(model, where)
    return model
  } catch (error) {
    await model.close()
    throw error
  }
}

/** What `readBundle` gives, while everybody else has a turn between two parts of it. @throws Failure as `readBundle` */
export const readBundleInTurns = async (bytes: Uint8Array, where = 'bundle'): Promise<Bundle> => {
  const parts = readingBundle(bytes, where)
  for (;;) {
    const part = parts.next()
    if (part.done === true) return part.value
    await nextTurn()
  }
}

/**
 * As `loadBundle`, without the golden check, for a trainer that has yet to find out what the golden answers are. The agent never calls it.
 * @throws Failure BUNDLE_INVALID where the graph takes other channels or gives other outputs than chain and labels have; PART_MISSING.
 */
export const openModel = async (
  bundle: ModelParts,
  open: (graph: Uint8Array, where: string) => Promise<Engine> = openOnnxEngine,
  where = 'bundle',
): Promise<OpenModel> => {
  const { manifest, graph, prepared } = bundle
  checkGraph(graph, `${where}: model.onnx`)
  const engine = await open(graph, `${where}: model.onnx`)
  let closed = false
  const close = async () => {
    if (closed) return
    closed = true
    await engine.close()
  }
  const channels = prepared.values.length
  const labels = manifest.outputs.labels.length
  if (engine.inputs !== channels || engine.outputs !== labels) {
    await close()
    throw new Failure('BUNDLE_INVALID', {
      where: `${where}: model.onnx`,
      seen: `${engine.inputs} channels in, ${engine.outputs} outputs`,
      allowed: `${channels} channels as the chain gives, ${labels} outputs as there are labels`,
    })
  }
  return { bundle, gate: manifest.gate ? buildGate(manifest.gate) : null, batcher: createBatcher(engine), close }
}

/** The bytes of a bundle file, unchecked. @throws Failure BUNDLE_INVALID where there is no such file, or none that a bundle could be. */
export const readBundleFile = async (path: string): Promise<Uint8Array> => {
  try {
    const about = await stat(path)
    // A pipe would be waited for without end.
    if (!about.isFile()) throw new Failure('BUNDLE_INVALID', { where: path, seen: 'no regular file', allowed: 'a bundle file' })
    const { size } = about
    if (size > MAX_BUNDLE_BYTES)
      throw new Failure('BUNDLE_INVALID', { where: path, seen: `${size} bytes`, allowed: `at most ${MAX_BUNDLE_BYTES} bytes` })
    return await readFile(path)
  } catch (error) {
    if (isFailure(error)) throw error
    const cause = asFailure(error, 'BUNDLE_INVALID', path)
    throw new Failure('BUNDLE_INVALID', {
      where: path,
      seen: cause.seen ?? cause.message,
      allowed: 'a bundle file that can be read',
      cure: 'check path and permissions',
      cause: error,
    })
  }
}
