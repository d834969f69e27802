import { asFailure } from '../failures.js'
import { openOnnxEngine } from './onnx-engine.js'

/** The child half of `smoke`: one inference of ones through each graph that the parent sends; answers with the outputs, or ends with a sentence on stderr. */
const answer = async (graphs: readonly Uint8Array[]): Promise<readonly (readonly number[])[]> => {
  const outputs: (readonly number[])[] = []
  for (const graph of graphs) {
    const engine = await openOnnxEngine(graph)
    outputs.push(Array.from(await engine.predict(new Float32Array(engine.inputs).fill(1), 1)))
    await engine.close()
  }
  return outputs
}

const isGraphs = (message: unknown): message is readonly Uint8Array[] =>
  Array.isArray(message) && message.every((graph) => graph instanceof Uint8Array)

process.once('message', (message) => {
  answer(isGraphs(message) ? message : []).then(
    (outputs) => process.send?.(outputs, () => process.disconnect()),
    (error: unknown) => {
      process.stderr.write(`${asFailure(error, 'INVARIANT').message}\n`, () => process.exit(1))
    },
  )
})
