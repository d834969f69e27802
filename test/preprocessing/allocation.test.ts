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
const skips = (step: Step): Step => (step.op === 'denoise' && step['method'] !== 'whittaker' ? step : { ...step, nan: 'skip' })

t.test('after warm-up no baseline, continuum or smoother allocates for a spectrum, clean or masked', async (t) => {
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  const bytes = () => process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers
  const random = seededRandom(5)
  const clean = Float64Array.from({ length: CHANNELS }, (_, i) => 5 + Math.exp(-(((i - 90) / 9) ** 2)) + 0.01 * random.gaussian())
  const spoilt = clean.map((value, i) => (i === 60 ? Number.NaN : value))
  const output = new Float64Array(CHANNELS)
  for (const { name, step } of forms) {
    const sequence = buildSequence([skips(step)], pixelAxis(CHANNELS), name)
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
