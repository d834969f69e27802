import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { buildChain } from '../src/preprocessing/chain.js'
import { pixelAxis } from '../src/spectrum/axis.js'
import { seededRandom } from '../src/spectrum/random.js'
import { perCpuSecond } from './per-cpu.js'

const POINTS = 1000
const SPECTRA = 8
/** Rounds of each kind, the best of which counts, and CPU-seconds of each. */
const ROUNDS = 5
const SECONDS = 0.15
/** Largest difference between the two baselines, as a part of the largest value: they must be the same algorithm. */
const SAME = 1e-7

const methods = {
  asls: { lam: 1e5, p: 0.01, max_iter: 50, tol: 1e-3 },
  airpls: { lam: 1e5, max_iter: 50, tol: 1e-3 },
  arpls: { lam: 1e5, max_iter: 50, tol: 1e-3 },
}

const printed = z.record(z.string(), z.object({ perCpuS: z.number(), baseline: z.array(z.number()) }))
const script = fileURLToPath(new URL('../../bench/baselines.py', import.meta.url))

export interface BaselineFigures {
  readonly method: string
  /** Spectra of 1000 points per CPU-second, one a call, ours and scipy's. */
  readonly ours: number
  readonly scipy: number
}

/** Penalised baselines beside the same algorithms on scipy's banded solver, in turn. Needs Debian's python3-numpy and python3-scipy. */
export const timeBaselines = (): readonly BaselineFigures[] => {
  const spectra = raman()
  return Object.entries(methods).map(([method, parameters]) => {
    const peer = python(method, parameters, spectra)
    const chain = buildChain([{ op: 'baseline_pls', method, diff_order: 2, ...parameters }], pixelAxis(POINTS))
    const output = new Float64Array(POINTS)
    const first = spectra[0] ?? output
    const unfit = chain.run(first, output)
    const height = first.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
    const far = output.reduce((most, value, i) => Math.max(most, Math.abs((first[i] ?? 0) - value - (peer.baseline[i] ?? 0))), 0)
    if (unfit || !(far <= SAME * height)) throw new Error(`${method}: not the peer's baseline, ${unfit?.why ?? `off by ${far} of ${height}`}`)
    const ours = best(() => {
      for (const spectrum of spectra) chain.run(spectrum, output)
    })
    return { method, ours, scipy: peer.perCpuS }
  })
}

const best = (all: () => void): number => perCpuSecond(all, SPECTRA, { goes: ROUNDS, seconds: SECONDS })

const python = (method: string, parameters: object, spectra: readonly Float64Array[]) => {
  const job = { spectra: spectra.map((spectrum) => [...spectrum]), methods: { [method]: parameters }, rounds: ROUNDS, seconds: SECONDS }
  // One thread: more only wait for each other at this size.
  const env = { ...process.env, OPENBLAS_NUM_THREADS: '1', OMP_NUM_THREADS: '1' }
  const { status, stdout, stderr } = spawnSync('/usr/bin/python3', [script], { input: JSON.stringify(job), encoding: 'utf8', env })
  const answer = status === 0 ? printed.parse(JSON.parse(stdout))[method] : undefined
  if (!answer) throw new Error(`bench/baselines.py ended with ${status}: ${stderr.trim().split('\n').at(-1)}`)
  return answer
}

/** Counts of a Raman spectrum: a broad fluorescence, eight peaks, shot noise. */
const raman = (): readonly Float64Array[] => {
  const random = seededRandom(11)
  return Array.from({ length: SPECTRA }, () => {
    const peaks = Array.from({ length: 8 }, () => ({
      at: random.uniform() * POINTS,
      width: 3 + 6 * random.uniform(),
      height: 400 + 3000 * random.uniform(),
    }))
    return Float64Array.from({ length: POINTS }, (_, i) => {
      const glow = 2500 + 3000 * Math.exp(-(((i - 350) / 260) ** 2))
      const level = peaks.reduce((sum, { at, width, height }) => sum + height * Math.exp(-(((i - at) / width) ** 2)), glow)
      return Math.round(level + Math.sqrt(level) * random.gaussian())
    })
  })
}
