import * as tf from '@tensorflow/tfjs-core'
import * as layers from '@tensorflow/tfjs-layers'
import { makeAxis } from '../src/spectrum/axis.js'
import { type Random, seededRandom } from '../src/spectrum/random.js'
import { type Examples, type NetworkTask, outputsBy, trainNetwork } from '../src/training/network.js'
import { preparer } from '../src/training/prepare.js'
import { type CnnPlan, recipeSchema } from '../src/training/recipe.js'
import { openTensorflow } from '../src/training/tensorflow.js'

const SPECTRA = 2000
const POINTS = 512
const CLASSES = 4
const EPOCHS = 50
/** Spectra that the training never saw, and the share of them that the finished int8 network must name: a training that learns nothing is no figure. */
const UNSEEN = 400
const MUST_NAME = 0.95
const MS_PER_MINUTE = 60_000

export interface TrainingFigures {
  /** Minutes by the clock and of processor time: every epoch, its augmentation and chain, and the quantized graph at the end. */
  readonly minutes: number
  readonly cpuMinutes: number
  /** Minutes of the same network's forward passes alone over as many spectra, by TF.js without any code of ours. */
  readonly forwardMinutes: number
  /** Share of unseen spectra that the int8 network names. */
  readonly named: number
}

/** The default network of `train` on 2,000 made-up spectra of 512 points, 50 epochs without a part to stop by, on WebAssembly, beside its bare forward passes. */
export const timeTraining = async (progress: (line: string) => void): Promise<TrainingFigures> => {
  const random = seededRandom(7)
  const { cnn, augment, counts } = recipeSchema.parse({
    ...{ id: 'bench', version: '1.0.0', title: '', target: { kind: 'labels', column: 'kind' } },
  })
  if (cnn === null) throw new Error('the default recipe has no network')
  const values = Float64Array.from({ length: POINTS }, (_, i) => 900 + 1.5 * i)
  const task: NetworkTask = {
    axis: { kind: 'wavelength', values },
    steps: [
      { op: 'absorbance', eps: 1e-8 },
      { op: 'snv', ddof: 0 },
    ],
    ...{ ratio: true, counts, augment, cnn: { ...cnn, backend: 'wasm' }, head: { kind: 'classes', labels: CLASSES } },
    ...{ fit: madeUp(SPECTRA, random), stop: null, ranges: madeUp(200, random), epochs: EPOCHS, seed: 1 },
  }
  await openTensorflow('wasm') // Loading it is no training.
  const cpu = process.cpuUsage()
  const startMs = performance.now()
  const { int8 } = await trainNetwork(task, (epoch, epochs) => {
    if (epoch % 10 === 0) progress(`  epoch ${epoch} of ${epochs}`)
  })
  const minutes = (performance.now() - startMs) / MS_PER_MINUTE
  const { user, system } = process.cpuUsage(cpu)
  const { prepare } = preparer(task.steps, makeAxis('wavelength', values))
  const unseen = madeUp(UNSEEN, random)
  const outputs = await outputsBy(
    int8,
    unseen.spectra.map((spectrum) => prepare(spectrum)?.values ?? new Float64Array(POINTS)),
  )
  const named = outputs.filter((logits, n) => logits.indexOf(Math.max(...logits)) === unseen.targets[n]).length / UNSEEN
  if (!(named >= MUST_NAME)) throw new Error(`the network names ${(100 * named).toFixed(1)} % of unseen spectra: nothing was learnt`)
  progress('  its forward passes alone')
  return { minutes, cpuMinutes: (user + system) / 1000 / MS_PER_MINUTE, forwardMinutes: forwardAlone(cnn), named }
}

/** Two broad bands a class on a baseline of its own in each spectrum, as reflectance with noise. */
const madeUp = (count: number, random: Random): Examples => {
  const targets = Array.from({ length: count }, (_, n) => n % CLASSES)
  const spectra = targets.map((kind) => {
    const [up, slope, size] = [0.2 + 0.2 * random.uniform(), 0.3 * random.uniform(), 0.3 + 0.1 * random.uniform()]
    return Float64Array.from({ length: POINTS }, (_, i) => {
      const band = Math.exp(-(((i - 100 - 40 * kind) / 25) ** 2)) + 0.6 * Math.exp(-(((i - 380 + 30 * kind) / 35) ** 2))
      return 10 ** -(up + (slope * i) / POINTS + size * band + 0.003 * random.gaussian())
    })
  })
  return { spectra, targets, weights: null }
}

/** The network as TF.js's own layers make it, asked for answers to 50 x 2,000 rows in batches of the training's size. */
const forwardAlone = ({ convs, hidden, batch }: CnnPlan): number => {
  const net = layers.sequential()
  convs.forEach(({ width, channels, pool }, i) => {
    const inputs = i === 0 ? { inputShape: [POINTS, 1] } : {}
    net.add(layers.layers.conv1d({ kernelSize: width, filters: channels, padding: 'same', activation: 'relu', ...inputs }))
    if (pool > 1) net.add(layers.layers.maxPooling1d({ poolSize: pool }))
  })
  net.add(layers.layers.flatten())
  for (const units of hidden) net.add(layers.layers.dense({ units, activation: 'relu' }))
  net.add(layers.layers.dense({ units: CLASSES }))
  const rows = tf.randomNormal([batch, POINTS, 1], 0, 1, 'float32', 1)
  const startMs = performance.now()
  for (let at = 0; at < EPOCHS * SPECTRA; at += batch)
    tf.tidy(() => {
      const answer = net.predictOnBatch(rows)
      if (Array.isArray(answer)) throw new Error('a network with one output gave several')
      answer.dataSync()
    })
  const minutes = (performance.now() - startMs) / MS_PER_MINUTE
  rows.dispose()
  net.dispose()
  return minutes
}
