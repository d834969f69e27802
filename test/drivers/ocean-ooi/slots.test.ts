import t from 'tap'
import { description } from '../../../drivers/ocean-ooi/description.js'
import { integrationFor } from '../../../drivers/ocean-ooi/integration.js'
import { axisFrom, firmwareFrom, linearityFrom, numberOf, saturationFrom, textOf } from '../../../drivers/ocean-ooi/slots.js'

/** The 15 bytes of a slot: text, NUL, and the garbage that is left behind it. */
const slot = (text: string) => Uint8Array.from({ length: 15 }, (_, i) => (i < text.length ? text.charCodeAt(i) : i === text.length ? 0 : 0x41))

const row = (model: string) => {
  const found = description.models.find((one) => one.model === model)
  if (!found) throw new Error(`no row for ${model}`)
  return found
}

t.test('numbers are decimal text up to the first NUL; what is none is null, never zero', async (t) => {
  t.equal(numberOf(slot('339.8952')), 339.8952)
  t.equal(numberOf(slot('  -1.5e-05')), -1.5e-5)
  t.equal(numberOf(slot('.5')), 0.5)
  for (const text of ['', 'abc', '1,5', '0x10', 'NaN', '1.2.3', '12 34', 'Infinity']) t.equal(numberOf(slot(text)), null, text)
  t.equal(numberOf(new Uint8Array(15).fill(0xff)), null, 'an erased slot')
  t.equal(textOf(slot('USB2+F00001')), 'USB2+F00001')
  t.equal(textOf(Uint8Array.of(0x07, 0x80, 0)), null)
})

t.test('wavelengths are the polynomial at the pixel, for QE65000 at ten pixels less', async (t) => {
  const coefficients = [340, 0.38, -1e-5, -1e-9]
  const at = (p: number) => 340 + 0.38 * p - 1e-5 * p ** 2 - 1e-9 * p ** 3
  const axis = axisFrom(coefficients, 2048, row('USB2000+').wire)
  t.ok(Math.abs((axis?.values[1000] ?? 0) - at(1000)) < 1e-9)
  const shifted = axisFrom(coefficients, 1044, row('QE65000').wire)
  t.ok(Math.abs((shifted?.values[1000] ?? 0) - at(990)) < 1e-9)
})

t.test('no axis comes of a missing coefficient, of one that does not ascend, or of no wavelengths', async (t) => {
  const { wire } = row('USB2000+')
  for (const coefficients of [
    [340, null, -1e-5, 0],
    [340, -0.38, 0, 0],
    [0, 0, 0, 0],
    [0, 1, 0, 0],
    [340, 10, 0, 0],
  ])
    t.equal(axisFrom(coefficients, 2048, wire), null, JSON.stringify(coefficients))
})

t.test('linearity is as many coefficients as the order says', async (t) => {
  const eight = [1, 2, 3, 4, 5, 6, 7, 8]
  t.strictSame(linearityFrom(eight, 7), eight)
  t.strictSame(linearityFrom([1, 2, null], 1), [1, 2])
  for (const order of [null, -1, 8, 1.5]) t.equal(linearityFrom(eight, order), null, `order ${order}`)
  t.equal(linearityFrom([1, null], 1), null)
  t.equal(linearityFrom([0, 0], 1), null, 'a division by zero')
})

t.test('the saturation level stands where the model has it, and is full scale where it is unset', async (t) => {
  const data = Uint8Array.of(0x24, 0xf4, 0, 0, 0x60, 0xea, 0, 0, 0, 0, 0, 0, 0, 0, 0)
  t.equal(saturationFrom(data, row('USB4000').wire, 65_535), 60_000)
  t.equal(saturationFrom(data, row('Maya2000Pro').wire, 64_000), 62_500)
  t.equal(saturationFrom(data, row('NIRQuest512').wire, 65_535), 60_000)
  t.equal(
    saturationFrom(
      Uint8Array.from(data, (byte, i) => (i === 6 ? 1 : byte)),
      row('NIRQuest512').wire,
      65_535,
    ),
    65_535,
    'above full scale',
  )
  t.equal(saturationFrom(new Uint8Array(15), row('USB4000').wire, 65_535), 65_535)
  t.equal(saturationFrom(data, row('HR2000+').wire, 16_383), 16_383)
})

t.test('the firmware register is read by its bits', async (t) => {
  t.strictSame(firmwareFrom(0x3220), { major: 3, text: '3.34.0' })
})

t.test('an exposure is rounded to the step of the model and never leaves its limits', async (t) => {
  const us = (model: string, integrationUs: number) => integrationFor({ integrationUs, gain: null, binning: null }, row(model), 'here')
  t.strictSame(us('USB2000+', 10_499), { value: 10_000, us: 10_000 })
  t.strictSame(us('QE65000', 10_499), { value: 10, us: 10_000 }, 'sent in milliseconds')
  t.strictSame(us('USB4000', 10_004), { value: 10_000, us: 10_000 })
  t.strictSame(us('USB4000', 700_400), { value: 700_000, us: 700_000 }, 'whole milliseconds above 655')
  t.strictSame(us('Maya2000Pro', 7200), { value: 8000, us: 8000 })
  t.strictSame(us('HR4000', 655_350_000), { value: 655_350_000, us: 655_350_000 })
  t.throws(() => us('USB4000', 9), { code: 'SETTING_REFUSED' })
  t.throws(() => us('USB4000', 65_535_001), { code: 'SETTING_REFUSED' })
  t.throws(() => us('USB4000', Number.NaN), { code: 'SETTING_REFUSED' })
  t.throws(() => integrationFor({ integrationUs: 10_000, gain: 2, binning: null }, row('USB4000'), 'here'), { code: 'SETTING_REFUSED' })
  t.throws(() => integrationFor({ integrationUs: 10_000, gain: null, binning: 1 }, row('USB4000'), 'here'), { code: 'SETTING_REFUSED' })
})
