import { Failure } from '../failures.js'
import { type Batcher, createBatcher } from '../inference/batcher.js'
import type { Engine } from '../inference/engine.js'
import { buildGate, type Gate } from '../inference/gate.js'
import { openOnnxEngine } from '../inference/onnx-engine.js'
import type { Bundle, ModelParts } from './bundle.js'
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
 * Opens the graph behind a manifest. Whether it answers rightly is asked by `loadBundle`; only a trainer, who has yet to find out what the golden answers
 * are, calls this alone.
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
