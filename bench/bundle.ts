import { writeBundle } from '../src/models/bundle.js'
import { answerGolden } from '../src/models/golden.js'
import type { GateSpec } from '../src/models/manifest.js'
import { type Random, seededRandom } from '../src/spectrum/random.js'
import { calibrate } from '../src/training/onnx/calibrate.js'
import { int8Graph } from '../src/training/onnx/int8-graph.js'
import { macs, randomNet } from '../src/training/onnx/net.js'
import { quantize } from '../src/training/onnx/quantize.js'

export const GRID = 512
export const CLASSES = 14
const COMPONENTS = 10
const GOLDEN = 32

/** The net of the engine figures: 512 -> conv 7x16 -> conv 5x32 -> conv 5x64 (each halved) -> dense 128 -> dense 14. */
const spec = {
  inputs: GRID,
  convs: [
    { width: 7, channels: 16, pool: 2 },
    { width: 5, channels: 32, pool: 2 },
    { width: 5, channels: 64, pool: 2 },
  ],
  denses: [128, CLASSES],
} as const

/** A bundle of random weights for an instrument of so many points: chain, gate and net of the size that speed is stated for. */
export const benchBundle = async (points: number): Promise<{ bytes: Uint8Array; macs: number; axis: Float64Array }> => {
  const random = seededRandom(1)
  const net = randomNet(spec, random)
  const rows = Array.from({ length: 64 }, () => Float32Array.from({ length: GRID }, () => random.gaussian()))
  const graph = int8Graph(quantize(net, calibrate(net, rows)))
  const axis = Float64Array.from({ length: points }, (_, i) => 900 + (800 * i) / (points - 1))
  const draft = {
    format: 1 as const,
    id: 'bench',
    version: '1.0.0',
    title: 'random weights, for speed alone',
    task: 'class' as const,
    outputs: { labels: Array.from({ length: CLASSES }, (_, k) => `class-${k}`) },
    input: { quantity: 'transmittance' as const, geometry: 'transmittance' as const, axis: { kind: 'wavelength' as const, values: [...axis] } },
    chain: [
      { op: 'absorbance', eps: 1e-8 },
      { op: 'resample', method: 'linear', outside: 'nan', grid: Array.from({ length: GRID }, (_, i) => 910 + (780 * i) / (GRID - 1)) },
      { op: 'snv', ddof: 0 },
      { op: 'savgol', window: 15, poly: 2, deriv: 1, mode: 'interp' },
      { op: 'center_scale', mean: new Array<number>(GRID).fill(0), scale: new Array<number>(GRID).fill(0.02) },
    ],
    limits: { confidence: 0.5 },
    gate: openGate(random),
  }
  const questions = Array.from({ length: GOLDEN }, (_, k) => ({ name: `made ${k}`, values: [...ratioOf(points, k)], flags: [] }))
  const cases = await answerGolden(draft, graph, questions)
  return { bytes: writeBundle({ manifest: draft, graph, golden: { tolerance: 0.02, cases } }), macs: macs(net), axis }
}

/** A made spectrum: bands on a slope, another for each `k`. */
export const ratioOf = (points: number, k: number): Float64Array =>
  Float64Array.from({ length: points }, (_, i) => 0.4 + 0.2 * Math.sin((40 * i) / points + k) + 0.05 * Math.sin((300 * i) / points + 2 * k))

/** Ten components as a real gate has, and limits that let everything through: what is timed is the work. */
const openGate = (random: Random): GateSpec => {
  const loadings: number[][] = []
  for (let k = 0; k < COMPONENTS; k++) {
    const row = Array.from({ length: GRID }, () => random.gaussian())
    for (const before of loadings) {
      const along = before.reduce((sum, value, i) => sum + value * (row[i] ?? 0), 0)
      before.forEach((value, i) => {
        row[i] = (row[i] ?? 0) - along * value
      })
    }
    const norm = Math.hypot(...row)
    loadings.push(row.map((value) => value / norm))
  }
  return {
    method: 'out-of-fold',
    alpha: 0.01,
    objects: 100,
    k: COMPONENTS,
    mean: new Array<number>(GRID).fill(0),
    loadings,
    eigenvalues: new Array<number>(COMPONENTS).fill(1),
    scalars: {},
    limits: { t2: 1e9, q: 1e9 },
  }
}
