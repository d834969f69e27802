import t from 'tap'
import { AXIS_SPECTRA, type AxisLook, type AxisReference, createAxisCheck } from '../../src/inference/axis-shift.js'
import { seededRandom } from '../../src/spectrum/random.js'

const channels = 60
const random = seededRandom(4)
/** Two bands and a slope, `shift` channels towards higher ones, with a third band of height `other`. */
const spectrum = (shift = 0, other = 0, noise = 0.002): Float64Array =>
  Float64Array.from({ length: channels }, (_, i) => {
    const band = (centre: number, width: number) => Math.exp(-(((i - shift - centre) / width) ** 2))
    return band(18, 5) + 0.6 * band(40, 4) + 0.003 * (i - shift) + other * band(29, 3) + noise * random.gaussian()
  })
const mean = [...spectrum(0, 0, 0)]
const scale = mean.map((_, i) => 0.5 + 0.01 * i)
const plain: AxisReference = { mean, scale, loadings: [] }
const prepared = (values: Float64Array) => values.map((value, i) => (value - (mean[i] ?? 0)) / (scale[i] ?? 1))
const look = (reference: AxisReference, make: () => Float64Array): AxisLook | null | undefined => {
  const check = createAxisCheck(reference)
  let last: AxisLook | null | undefined = null
  for (let i = 0; i < AXIS_SPECTRA; i++) {
    t.equal(last, null)
    last = check?.(prepared(make()))
  }
  return last
}

t.test('a shift is measured in channels, with its direction', async (t) => {
  for (const shift of [-1.2, -0.6, 0.6, 1.2]) {
    const seen = look(plain, () => spectrum(shift))
    t.ok(Math.abs((seen?.shiftChannels ?? 0) - shift) < 0.12 * Math.abs(shift), `${seen?.shiftChannels} for ${shift}`)
    t.ok((seen?.explained ?? 0) > 0.9)
    t.ok(seen?.shifted)
  }
})

t.test('less than half a channel is no shift, and noise alone is none', async (t) => {
  for (const shift of [-0.4, 0, 0.4]) {
    const seen = look(plain, () => spectrum(shift))
    t.ok(Math.abs((seen?.shiftChannels ?? 9) - shift) < 0.05)
    t.notOk(seen?.shifted, `${shift}`)
  }
})

t.test('another material is no shift, whatever its difference has in common with one', async (t) => {
  const seen = look(plain, () => spectrum(0, 0.9))
  t.notOk(seen?.shifted)
  t.ok((seen?.explained ?? 1) < 0.5)
  const both = look(plain, () => spectrum(0.8, 0.9))
  t.notOk(both?.shifted, 'not even with a shift beside: nobody could tell')
})

/** Two materials whose bands stand 1.4 channels apart: the difference of each from their mean is a shift to the eye. */
const apart = [...spectrum(0.7, 0, 0)].map((value, i) => value - (spectrum(-0.7, 0, 0)[i] ?? 0))
const unit = (vector: readonly number[]) => vector.map((value) => value / Math.hypot(...vector))
const known = unit(apart.map((value, i) => value / (scale[i] ?? 1)))

t.test('a difference that the components of the gate hold is the material, not the axis', async (t) => {
  t.ok(look(plain, () => spectrum(0.7))?.shifted, 'without the components it looks like a shift')
  const check = createAxisCheck({ ...plain, loadings: [known] })
  t.equal(check, null, 'a model that learnt to tell such shifts apart cannot be asked')
  const half = unit(known.map((value, i) => (i < channels / 2 ? value : 0)))
  const partly = { ...plain, loadings: [half] }
  t.ok(look(partly, () => spectrum(0.8))?.shifted, 'a shift shows in the bands that do not vary by themselves')
  const oneBand = () => spectrum(0, 0).map((value, i) => value + (i < channels / 2 ? 0.8 * (known[i] ?? 0) * (scale[i] ?? 1) : 0))
  t.notOk(look(partly, oneBand)?.shifted, 'the band that varies by itself is no evidence')
})

t.test('each sixteenth spectrum gives a look of the last sixteen alone', async (t) => {
  const check = createAxisCheck(plain)
  const looks: boolean[] = []
  for (const shift of [0, 1, 0])
    for (let i = 0; i < AXIS_SPECTRA; i++) looks.push(...[check?.(prepared(spectrum(shift)))].flatMap((one) => one?.shifted ?? []))
  t.strictSame(looks, [false, true, false])
})

t.test('a mean spectrum without any slope gives no look', async (t) => {
  t.equal(createAxisCheck({ mean: [1, 1, 1, 1], scale: [1, 1, 1, 1], loadings: [] }), null)
})
