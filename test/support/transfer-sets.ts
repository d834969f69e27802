import type { Dataset } from '../../src/datasets/folder.js'
import { bindModel } from '../../src/models/binding.js'
import type { OpenModel } from '../../src/models/open.js'
import { type Axis, makeAxis } from '../../src/spectrum/axis.js'
import { tinyAxis, transmittance } from './tiny-model.js'

/** The axis of `tiny-model.ts` on an instrument that also measures beyond it. */
export const widerAxis = makeAxis('wavelength', [965, 975, 985, ...tinyAxis.values, 1115])

/** How an instrument sees what is there: ratio by channel. */
export type Sight = (ratio: readonly number[]) => readonly number[]
export const faithful: Sight = (ratio) => ratio

/** What the model says of a ratio on its own axis: the truth, for instruments that see it rightly. */
export const valueBy = async (model: OpenModel, ratio: readonly number[]): Promise<number> => {
  const binding = bindModel(model, { axis: tinyAxis, quantity: 'transmittance' }, 'flag', () => 0)
  const measurement = { axis: tinyAxis, saturated: new Uint8Array(tinyAxis.values.length) }
  const { value } = await binding.infer(binding.prepare({ measurement, ratio: Float64Array.from(ratio), quantity: 'transmittance', flags: [] }))
  return value ?? Number.NaN
}

/** `count` samples between the three materials as an instrument sees them; `band` is the truth, `kind` its label. */
export const samplesOf = async (
  count: number,
  { sight = faithful, axis = tinyAxis, noise = 0.002, from = 0, name = 'samples', truth }: SampleOptions,
): Promise<Dataset> => {
  const rows = await Promise.all(
    Array.from({ length: count }, async (_, n) => {
      const material = (2 * ((n * 7) % count)) / (count - 1)
      const clean = transmittance(material)
      const kind = ['early', 'middle', 'late'][Math.round(material)] ?? ''
      const seen = sight(transmittance(material, noise, from + n, axis))
      return {
        id: `s${from + n}`,
        labels: { band: String(await truth(clean, material)), kind, object: `o${from + n}` },
        values: Float64Array.from(seen),
      }
    }),
  )
  return {
    name,
    meta: {
      ...{ name, title: name, citation: '', licence: '', source: {}, axis_kind: 'wavelength-nm', quantity_kind: 'transmittance' },
      ...{ geometry: 'transmittance', rows: count, channels: axis.values.length, label_columns: ['band', 'kind', 'object'] },
    },
    axis,
    rows,
    sha256: 'cd'.repeat(32),
  }
}

export interface SampleOptions {
  readonly sight?: Sight
  readonly axis?: Axis
  readonly noise?: number
  /** Number of the first sample, so that sets hold the same or other ones. */
  readonly from?: number
  readonly name?: string
  truth(clean: readonly number[], material: number): Promise<number> | number
}
