import t from 'tap'
import { makeAxis } from '../../../src/spectrum/axis.js'
import { seededRandom } from '../../../src/spectrum/random.js'
import { fits, openChain } from '../../../src/training/search/chains.js'
import { channelNoise, quietRanges } from '../../../src/training/search/noise.js'

const CHANNELS = 30
const axis = makeAxis(
  'wavelength',
  Float64Array.from({ length: CHANNELS }, (_, i) => 1000 + 10 * i),
)
const random = seededRandom(4)
const spectra = Array.from({ length: 24 }, () => {
  const factor = 1 + 0.2 * random.uniform()
  const up = 0.1 * random.uniform()
  return Float64Array.from({ length: CHANNELS }, (_, i) => up + factor * (1 + Math.sin(i / 4)) + 0.001 * random.gaussian())
})
const all = spectra.map((_, n) => n)

t.test('a reference is learnt from the training part alone, and stands in the bundle as numbers', async (t) => {
  const chain = openChain({ name: 'msc', steps: [{ op: 'level' }, { op: 'msc', reference: 'mean' }] }, axis, spectra)
  t.ok(chain?.learns)
  const half = all.slice(0, 12)
  const [, msc] = chain?.stepsFor(half) ?? []
  const reference = msc?.['reference']
  const wanted = Array.from({ length: CHANNELS }, (_, i) => half.reduce((sum, n) => sum + (spectra[n]?.[i] ?? 0) / 12, 0))
  t.ok(Array.isArray(reference) && reference.every((value, i) => Math.abs(value - (wanted[i] ?? 0)) < 1e-12))
  t.notSame(chain?.stepsFor(all)[1], msc, 'another part has another reference')
  const rows = chain?.rows(half) ?? []
  t.ok(
    rows.every((row) => row && Math.abs((row.values[3] ?? 0) - (wanted[3] ?? 0)) < 0.01),
    'each spectrum is brought to the reference',
  )
  t.ok(
    rows.every((row) => typeof row?.scalars['level'] === 'number'),
    'what stood before is noted all the same',
  )
})

t.test('channels noisier than so many times the median are left out; without any the chain is not tried twice', async (t) => {
  const noisy = spectra.map((values) => values.map((value, i) => value + (i >= 20 && i < 25 ? 0.2 * random.gaussian() : 0)))
  const noise = channelNoise(noisy)
  t.ok((noise[22] ?? 0) > 5 * (noise[5] ?? 1), `${noise[22]} ${noise[5]}`)
  const plan = { name: 'quiet', steps: [{ op: 'level' }, { op: 'band', method: 'quiet', times: 3 }] }
  const [, band] = openChain(plan, axis, noisy)?.stepsFor(all) ?? []
  const ranges = band?.['ranges']
  t.strictSame(band, { op: 'band', method: 'ranges', ranges })
  t.ok(Array.isArray(ranges) && ranges.length === 2 && ranges[0][0] === 1000 && ranges[0][1] <= 1190 && ranges[1][0] >= 1250, JSON.stringify(ranges))
  t.equal(openChain(plan, axis, spectra), null)
  t.equal(quietRanges(noisy, axis.values, 1e9), null)
})

t.test('an unfit spectrum is none of the rows; a chain that the axis cannot feed does not fit', async (t) => {
  const flat = [...spectra, new Float64Array(CHANNELS)]
  const rows = openChain({ name: 'snv', steps: [{ op: 'snv', ddof: 0 }] }, axis, flat)?.rows(all)
  t.strictSame([rows?.at(-1), rows?.filter((row) => row === null).length], [null, 1])
  t.ok(fits({ name: 'x', steps: [{ op: 'savgol', window: 29, poly: 2, deriv: 1, mode: 'interp' }] }, axis))
  t.notOk(fits({ name: 'x', steps: [{ op: 'savgol', window: 31, poly: 2, deriv: 1, mode: 'interp' }] }, axis))
})
