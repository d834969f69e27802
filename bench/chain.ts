import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { buildChain } from '../src/preprocessing/chain.js'
import { makeAxis } from '../src/spectrum/axis.js'
import { seededRandom } from '../src/spectrum/random.js'
import { perCpuSecond } from './per-cpu.js'

const POINTS = 1024
const TARGETS = 512
const SPECTRA = 64
/** Rounds of each kind, the best of which counts, and CPU-seconds of each. */
const ROUNDS = 9
const SECONDS = 0.3
/** Largest difference between the two results, as a part of the largest value: they must be the same chain. */
const SAME = 1e-9
/** Bytes that a spectrum may leave behind: what the counting itself takes, far below one number a channel. */
const BYTES = 64

const printed = z.object({ plain: z.number(), tuned: z.number(), output: z.array(z.number()) })
const script = fileURLToPath(new URL('../../bench/chain.py', import.meta.url))

/** Spectra of 1024 points per CPU-second, one a call: ours, numpy's and scipy's own functions, and numpy with everything computed once. */
export interface ChainFigures {
  readonly ours: number
  readonly plain: number
  readonly tuned: number
}

/** SNV + Savitzky-Golay (2nd derivative, 15) + MSC + resample, 1024 -> 512, beside Debian's python3-numpy and python3-scipy. */
export const timeChain = (): ChainFigures => {
  const axis = makeAxis(
    'wavelength',
    Float64Array.from({ length: POINTS }, (_, i) => 900 + 0.8 * i),
  )
  const grid = Array.from({ length: TARGETS }, (_, i) => 901 + 1.59 * i)
  const spectra = nearInfrared()
  const snv = { op: 'snv', ddof: 0 }
  const savgol = { op: 'savgol', window: 15, poly: 2, deriv: 2, mode: 'interp' }
  const reference = new Float64Array(POINTS)
  buildChain([snv, savgol], axis).run(spectra[0] ?? reference, reference)
  const chain = buildChain([snv, savgol, { op: 'msc', reference: [...reference] }, { op: 'resample', method: 'linear', grid }], axis)
  const output = new Float64Array(TARGETS)
  const all = () => {
    for (const spectrum of spectra) chain.run(spectrum, output)
  }
  const peer = python({ reference: [...reference], axis: [...axis.values], grid, window: savgol.window, poly: savgol.poly }, spectra)
  const unfit = chain.run(spectra[0] ?? output, output)
  const height = output.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  const far = output.reduce((most, value, i) => Math.max(most, Math.abs(value - (peer.output[i] ?? 0))), 0)
  if (unfit || !(far <= SAME * height)) throw new Error(`chain: not what numpy computes, ${unfit?.why ?? `off by ${far} of ${height}`}`)
  const ours = best(all)
  const left = leftBehind(all) / SPECTRA
  if (left > BYTES) throw new Error(`chain: ${left.toFixed(0)} bytes allocated for a spectrum`)
  return { ours, plain: peer.plain, tuned: peer.tuned }
}

const best = (all: () => void): number => perCpuSecond(all, SPECTRA, { goes: ROUNDS, seconds: SECONDS })

/** The least growth of the heap over some goes: a collection in between, or the compiler at work, only makes a go worse. */
const leftBehind = (all: () => void): number => {
  const goes = Array.from({ length: 20 }, () => {
    const before = process.memoryUsage().heapUsed
    all()
    return process.memoryUsage().heapUsed - before
  })
  return Math.min(...goes.filter((bytes) => bytes >= 0))
}

const python = (chain: object, spectra: readonly Float64Array[]) => {
  const job = { ...chain, spectra: spectra.map((spectrum) => [...spectrum]), rounds: ROUNDS, seconds: SECONDS }
  // One thread: more only wait for each other at this size.
  const env = { ...process.env, OPENBLAS_NUM_THREADS: '1', OMP_NUM_THREADS: '1' }
  const { status, stdout, stderr } = spawnSync('/usr/bin/python3', [script], { input: JSON.stringify(job), encoding: 'utf8', env })
  if (status !== 0) throw new Error(`bench/chain.py ended with ${status}: ${stderr.trim().split('\n').at(-1)}`)
  return printed.parse(JSON.parse(stdout))
}

/** Absorbance of one material at other sizes and levels: three bands, a slope, noise. */
const nearInfrared = (): readonly Float64Array[] => {
  const random = seededRandom(17)
  return Array.from({ length: SPECTRA }, () => {
    const size = 0.7 + 0.6 * random.uniform()
    const offset = 0.3 * random.uniform()
    return Float64Array.from({ length: POINTS }, (_, i) => {
      const bands = [210, 500, 830].reduce((sum, at, b) => sum + (0.5 + 0.2 * b) * Math.exp(-(((i - at) / (30 + 10 * b)) ** 2)), 0)
      return offset + size * bands + 0.0002 * i + 0.0005 * random.gaussian()
    })
  })
}
