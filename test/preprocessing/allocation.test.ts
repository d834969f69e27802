import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import t from 'tap'
import { z } from 'zod'
import type { Step } from '../../src/preprocessing/contract.js'
import { buildSequence } from '../../src/preprocessing/sequence.js'
import { pixelAxis } from '../../src/spectrum/axis.js'
import { seededRandom } from '../../src/spectrum/random.js'

const CHANNELS = 257
/** Spectra of one measurement, and how often it may be taken until the compiler has settled. */
const SPECTRA = 60
const GOES = 30

const algorithms = ['baseline_morph', 'baseline_pls', 'baseline_poly', 'continuum_removal', 'denoise']
const golden = z.object({ cases: z.array(z.object({ name: z.string(), params: z.record(z.string(), z.unknown()) })) })
const forms = algorithms.flatMap((op) => {
  const { cases } = golden.parse(JSON.parse(readFileSync(join(import.meta.dirname, `../golden/${op}.json`), 'utf8')))
  const first = new Map(cases.toReversed().map(({ params }) => [String(params['method']), { ...params, op }]))
  return [...first].map(([method, step]) => ({ name: `${op} ${method}`, step }))
})
const more: readonly { name: string; step: Step }[] = [
  { op: 'despike', variant: 'both_ends', threshold: 4, m: 3 },
  { op: 'despike', variant: 'ramanspy', threshold: 4, kernel: 3 },
  { op: 'norris_williams', variant: 'prospectr', m: 2, w: 3, s: 5 },
  { op: 'rnv', method: 'percentile', q: 25, nan: 'skip' },
  { op: 'rnv', method: 'median_mad', nan: 'skip' },
  { op: 'rnv', method: 'local', window: 21, pad: 'edge', nan: 'skip' },
  { op: 'splice', splice: [80, 160], k: 10 },
  { op: 'stray_light', a: 1e-4, b: 20, h: 4 },
  { op: 'stray_light', method: 'mean_fraction', k: 0.01 },
].map((step) => ({ name: Object.values(step).slice(0, 2).join(' '), step }))
const skips = (step: Step): Step => (step.op === 'denoise' && step['method'] !== 'whittaker' ? step : { ...step, nan: 'skip' })

t.test('after warm-up no baseline, continuum, smoother, despiking or robust step allocates for a spectrum, clean or masked', async (t) => {
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  const bytes = () => process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers
  const random = seededRandom(5)
  const clean = Float64Array.from({ length: CHANNELS }, (_, i) => 5 + Math.exp(-(((i - 90) / 9) ** 2)) + 0.01 * random.gaussian())
  const spoilt = clean.map((value, i) => (i === 60 ? Number.NaN : value))
  const steps = [...forms.map(({ name, step }) => ({ name, step: skips(step) })), ...more]
  for (const { name, step } of steps) {
    const sequence = buildSequence([step], pixelAxis(CHANNELS), name)
    const output = new Float64Array(sequence.output.values.length)
    t.equal(sequence.run(clean, output), null, `${name} works`)
    const grown = () => {
      if (typeof collect === 'function') collect()
      const before = bytes()
      for (let i = 0; i < SPECTRA; i++) sequence.run(i % 2 === 0 ? clean : spoilt, output)
      return bytes() - before
    }
    // A quarter of one array of doubles for each spectrum. Until the compiler has settled numbers are boxed: the best of some goes counts.
    const limit = (SPECTRA * CHANNELS * 8) / 4
    let best = grown()
    for (let go = 1; go < GOES && best > limit; go++) best = Math.min(best, grown())
    t.ok(best < limit, `${name}: ${best} bytes for ${SPECTRA} spectra`)
  }
  t.ok(forms.length >= 17, `${forms.length} forms`)
})
