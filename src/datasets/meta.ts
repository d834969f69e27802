import { z } from 'zod'
import type { AxisKind } from '../spectrum/axis.js'

/** What the numbers of a data set folder mean; the words of its `meta.json`. */
export const quantityKinds = [
  'counts',
  'counts-no-reference',
  'reflectance',
  'reflectance-percent',
  'transmittance',
  'absorbance',
  'intensity',
  'scaled',
] as const
export type QuantityKind = (typeof quantityKinds)[number]

export const geometries = ['reflectance', 'transmittance', 'emission-or-scattering', 'unknown'] as const

export const axisWords = ['wavelength-nm', 'wavenumber-cm-1', 'raman-shift-cm-1'] as const

/** The words for an axis in `meta.json`, and ours. */
export const axisKinds: Record<(typeof axisWords)[number], AxisKind> = {
  'wavelength-nm': 'wavelength',
  'wavenumber-cm-1': 'wavenumber',
  'raman-shift-cm-1': 'raman-shift',
}

/**
 * `meta.json` of a data set folder. The keys that decide how the table is read and used are checked; the others are for people
 * and pass as they are.
 */
export const metaSchema = z.looseObject({
  name: z.string().min(1),
  title: z.string().default(''),
  citation: z.string().default(''),
  licence: z.string().default(''),
  source: z.record(z.string(), z.unknown()).default({}),
  axis_kind: z.enum(axisWords),
  quantity_kind: z.enum(quantityKinds),
  geometry: z.enum(geometries),
  rows: z.number().int().min(1),
  channels: z.number().int().min(2),
  label_columns: z.array(z.string().min(1)),
})
export type DatasetMeta = z.output<typeof metaSchema>
