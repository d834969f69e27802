import type { Figure, Task } from '../contract.js'

/** What the number of a figure counts in. */
export type Measured = 'share' | 'value' | 'number'

const inUnitOfValue = new Set(['rmsecv', 'rmsecv-procedure', 'rmsep', 'bias', 'accepted-rmsep', 'interval-width', 'rms-int8-fp32'])
const bareNumbers = new Set(['r2', 'set-size'])

export const measuredIn = (name: string, task: Task): Measured => {
  if (bareNumbers.has(name)) return 'number'
  if (inUnitOfValue.has(name)) return 'value'
  return name === 'linear' && task === 'value' ? 'value' : 'share'
}

/** With the blank that no line breaks at. */
const PER_CENT = '\u00a0%'

/** A share in per cent. What is not all is never written as 100 %, and what is not nothing never as 0 %. */
export const percent = (share: number): string => {
  if (!Number.isFinite(share)) return '–'
  const text = (100 * share).toFixed(1)
  if (share < 1 && text === '100.0') return `> 99.9${PER_CENT}`
  if (share > 0 && text === '0.0') return `< 0.1${PER_CENT}`
  return `${text.replace(/\.0$/, '')}${PER_CENT}`
}

/** To three significant digits; a dash for what is not a number. */
export const rounded = (value: number): string => {
  if (!Number.isFinite(value)) return '–'
  return Math.abs(value) >= 1000 ? counted(Math.round(value)) : String(Number(value.toPrecision(3))).replace('-', '−')
}

/** A whole number with its thousands apart; the mean of several counts to one decimal. */
export const counted = (count: number): string => {
  if (!Number.isFinite(count)) return '–'
  const [whole = '', decimals] = String(Math.round(10 * count) / 10).split('.')
  const apart = whole.replace(/\B(?=(\d{3})+$)/g, ',').replace('-', '−')
  return decimals === undefined ? apart : `${apart}.${decimals}`
}

/** `1 spectrum`, `2 spectra`. */
export const many = (count: number, one: string, several: string): string => `${counted(count)} ${count === 1 ? one : several}`

/** How much a part of the data is; where every object has one spectrum, that is said once. */
export const amount = ({ spectra, objects }: { readonly spectra: number; readonly objects: number }): string =>
  spectra === objects ? many(spectra, 'spectrum', 'spectra') : `${many(spectra, 'spectrum', 'spectra')} of ${many(objects, 'object', 'objects')}`

export const withUnit = (text: string, unit: string | null): string => (unit ? `${text}\u00a0${unit}` : text)

/** The value of a figure as text, in per cent or with its unit. */
export const figureText = ({ value }: Figure, measured: Measured, unit: string | null): string => {
  if (measured === 'share') return percent(value)
  return measured === 'value' ? withUnit(rounded(value), unit) : rounded(value)
}

/** Its interval as text; empty where none was computed. */
export const intervalText = ({ interval }: Figure, measured: Measured): string => {
  if (interval === null) return ''
  const ends = interval.map((end) => (measured === 'share' ? percent(end).replace(PER_CENT, '') : rounded(end)))
  return `${ends.join(' to ')}${measured === 'share' ? PER_CENT : ''}`
}

/** Names that a list shows. */
const MAX_NAMES = 100
export const nameList = (names: readonly string[]): string => {
  const more = names.length - MAX_NAMES
  return `${names.slice(0, MAX_NAMES).join(', ')}${more > 0 ? ` and ${counted(more)} more` : ''}`
}

/** Kinds of model as people call them. */
const families: Readonly<Record<string, string>> = {
  pls: 'PLS',
  'pca-lda': 'PCA-LDA',
  ridge: 'Ridge',
  'kernel-ridge': 'kernel Ridge',
  cnn: 'convolutional network',
}
export const familyName = (family: string): string => families[family] ?? family

const axes: Readonly<Record<string, string>> = { nm: 'wavelength in nm', 'cm-1': 'cm⁻¹' }
export const axisName = (unit: string): string => axes[unit] ?? unit

/** Text of at most `length` signs, for places of fixed width; the whole of it must stand elsewhere. */
export const clipped = (text: string, length: number): string => {
  const signs = [...text]
  return signs.length <= length ? text : `${signs.slice(0, length - 1).join('')}…`
}
