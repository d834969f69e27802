import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { type Random, seededRandom } from '../../src/spectrum/random.js'
import { openTensorflow } from '../../src/training/tensorflow.js'
import { freshFolder } from './tiny-folder.js'

export const tensorflow = async () => {
  const { tf } = await openTensorflow('wasm')
  const { layers, sequential, model, input } = await import('@tensorflow/tfjs-layers')
  return { tf, layers, sequential, model, input }
}
export type Kit = Awaited<ReturnType<typeof tensorflow>>
export type Stack = ReturnType<Kit['sequential']>
type Model = ReturnType<Kit['model']>

/** Random weights everywhere, moving means and variances (which stay above zero) among them. */
export const shaken = <M extends Model>({ tf }: Kit, model: M, random: Random = seededRandom(3)): M => {
  for (const layer of model.layers) {
    const isNormalisation = layer.getClassName() === 'BatchNormalization'
    const before = layer.getWeights()
    layer.setWeights(
      before.map(({ shape }, i) => {
        const count = shape.reduce((product, n) => product * n, 1)
        const isVariance = isNormalisation && i === before.length - 1
        // Kernels by their fan-in: neither dies nor saturates on the way down.
        const spread = shape.length > 1 ? Math.sqrt((shape.at(-1) ?? 1) / count) : 0.3
        return tf.tensor(
          Float32Array.from({ length: count }, () =>
            isVariance ? 0.2 + random.uniform() : (isNormalisation && i === 0 ? 1 : 0) + spread * random.gaussian(),
          ),
          shape,
        )
      }),
    )
  }
  return model
}

/** The folder that `model.save` would write, its weights in two shards. */
export const savedModel = async (t: Test, { tf }: Kit, model: Model): Promise<string> => {
  const folder = freshFolder(t)
  await model.save(
    tf.io.withSaveHandler(async ({ modelTopology, weightSpecs, weightData }) => {
      const parts = weightData instanceof ArrayBuffer ? [weightData] : (weightData ?? [])
      const bytes = Buffer.concat(parts.map((part) => new Uint8Array(part)))
      const half = Math.floor(bytes.length / 2)
      writeFileSync(join(folder, 'group1-shard1of2.bin'), bytes.subarray(0, half))
      writeFileSync(join(folder, 'group1-shard2of2.bin'), bytes.subarray(half))
      const paths = ['group1-shard1of2.bin', 'group1-shard2of2.bin']
      writeFileSync(
        join(folder, 'model.json'),
        JSON.stringify({ format: 'layers-model', modelTopology, weightsManifest: [{ paths, weights: weightSpecs }] }),
      )
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' as const } }
    }),
  )
  return join(folder, 'model.json')
}

/** What TF.js itself answers, a row of answers for each row of a spectrum. */
export const answersOf = ({ tf }: Kit, model: Model, rows: readonly Float32Array[], shape: readonly number[]): Float32Array[] => {
  const outcome = model.predict(tf.tensor(Float32Array.from(rows.flatMap((row) => [...row])), [rows.length, ...shape]))
  const tensor = Array.isArray(outcome) ? outcome[0] : outcome
  const all = Float32Array.from(tensor?.dataSync() ?? [])
  const columns = all.length / rows.length
  return rows.map((_, n) => all.slice(n * columns, (n + 1) * columns))
}
