import { loadRuntime } from '../src/inference/onnx-engine.js'
import { bindModel } from '../src/models/binding.js'
import { readBundle } from '../src/models/bundle.js'
import { openModel } from '../src/models/open.js'
import { makeAxis } from '../src/spectrum/axis.js'
import { benchBundle, GRID, ratioOf } from './bundle.js'

const POINTS = 1024
/** Timed calls in a round, rounds of each kind in turn, and calls before the first. */
const CALLS = 2000
const ROUNDS = 5
const WARM_UP = 2000

export interface WayFigures {
  readonly macs: number
  /** Median over rounds of the mean time of one spectrum, microseconds. */
  readonly bareUs: number
  readonly wayUs: number
  readonly prepareUs: number
}

/** Absorbance, resample to 512, SNV, Savitzky-Golay, gate, int8 net, decision, one spectrum after the other, beside the bare ONNX call in the same run. */
export const timeWay = async (): Promise<WayFigures> => {
  const { bytes, macs, axis } = await benchBundle(POINTS)
  const bundle = readBundle(bytes)
  const model = await openModel(bundle)
  const instrument = makeAxis('wavelength', axis)
  const binding = bindModel(model, { axis: instrument, quantity: 'transmittance' }, 'refuse', () => performance.now())
  const spectra = Array.from({ length: 16 }, (_, k) => ({
    measurement: { axis: instrument, saturated: new Uint8Array(POINTS) },
    ratio: ratioOf(POINTS, k),
    quantity: 'transmittance' as const,
    flags: [],
  }))
  const way = async (i: number) => binding.decide(await binding.infer(binding.prepare(pick(spectra, i))))
  const prepare = async (i: number) => binding.prepare(pick(spectra, i))

  const { InferenceSession, Tensor } = await loadRuntime()
  // The bare call: the same graph with the same options, a tensor that is there already.
  const session = await InferenceSession.create(bundle.graph, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    extra: { session: { x64quantprecision: '1', qdq_matmulnbits_accuracy_level: '1' } },
  })
  const input = session.inputNames[0] ?? 'input'
  const rows = spectra.map((spectrum) => Float32Array.from(binding.prepare(spectrum).values ?? new Float64Array(GRID)))
  const bare = async (i: number) => session.run({ [input]: new Tensor('float32', pick(rows, i), [1, GRID]) })

  for (let i = 0; i < WARM_UP; i++) {
    await bare(i)
    await way(i)
  }
  const times = { bare: [] as number[], way: [] as number[], prepare: [] as number[] }
  for (let round = 0; round < ROUNDS; round++) {
    times.bare.push(await timed(bare))
    times.way.push(await timed(way))
    times.prepare.push(await timed(prepare))
  }
  await model.close()
  return { macs, bareUs: median(times.bare), wayUs: median(times.way), prepareUs: median(times.prepare) }
}

const timed = async (call: (i: number) => Promise<unknown>): Promise<number> => {
  const startMs = performance.now()
  for (let i = 0; i < CALLS; i++) await call(i)
  return (1000 * (performance.now() - startMs)) / CALLS
}

const median = (values: number[]): number => values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

const pick = <T>(list: readonly T[], i: number): T => {
  const found = list[i % list.length]
  if (found === undefined) throw new RangeError('an empty list')
  return found
}
