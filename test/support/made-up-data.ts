import type { Dataset } from '../../src/datasets/folder.js'
import { makeAxis } from '../../src/spectrum/axis.js'
import { type Random, seededRandom } from '../../src/spectrum/random.js'

const CHANNELS = 40
const axis = makeAxis(
  'wavelength',
  Float64Array.from({ length: CHANNELS }, (_, i) => 1000 + 10 * i),
)

/** A band of so much height in a sloping background, as absorbance. */
const spectrum = (dose: number, random: Random): Float64Array => {
  const offset = 0.3 * random.gaussian()
  const slope = 0.1 * random.gaussian()
  return Float64Array.from(axis.values, (_, i) => {
    const band = (centre: number, width: number) => Math.exp(-(((i - centre) / width) ** 2))
    return 3 + offset + slope * (i / CHANNELS) + 0.5 * band(12, 5) + 0.004 * dose * band(26, 4) + 0.001 * random.gaussian()
  })
}

/** A set that never was: 120 tablets in three strengths, two spectra of each; `dose_mg` is a number, `kind` the same as a word. */
export const madeUpTablets = (seed = 1): Dataset => {
  const random = seededRandom(seed)
  const rows = Array.from({ length: 120 }, (_, n) => {
    const strength = n % 3
    const dose = 100 * (strength + 1) + 20 * (random.uniform() - 0.5)
    const labels = {
      object: `tablet ${n}`,
      kind: ['weak', 'plain', 'strong'][strength] ?? '',
      dose_mg: dose.toFixed(1),
      set: n % 5 === 4 ? 'test' : 'train',
    }
    return [1, 2].map((scan) => ({ id: `${n}-${scan}`, labels, values: spectrum(dose, random) }))
  }).flat()
  return {
    name: 'made-up-tablets',
    meta: {
      name: 'made-up-tablets',
      title: 'tablets that never were',
      citation: 'this test',
      licence: 'none needed',
      source: {},
      axis_kind: 'wavelength-nm',
      quantity_kind: 'absorbance',
      geometry: 'transmittance',
      rows: rows.length,
      channels: CHANNELS,
      label_columns: ['object', 'kind', 'dose_mg', 'set'],
    },
    axis,
    rows,
    sha256: 'ab'.repeat(32),
  }
}
