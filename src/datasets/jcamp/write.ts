import { Failure } from '../../failures.js'
import type { Axis, AxisKind } from '../../spectrum/axis.js'
import type { QuantityKind } from '../meta.js'

/** What `jcampOf` writes. */
export interface JcampContent {
  /** Becomes the id when the file is read again: one line, not empty. */
  readonly title: string
  readonly axis: Axis
  /** One value a point of the axis; NaN is written as `?`, an invalid ordinate. */
  readonly values: ArrayLike<number>
  readonly quantity: QuantityKind
  /** Written as `##$NAME=`. */
  readonly labels?: Readonly<Record<string, string>>
  /** Who or what measured, and whose data it is. */
  readonly origin?: string
  readonly owner?: string
  /** RFC 3339 UTC; written as `##LONG DATE=` of 5.01. */
  readonly measured?: string
}

/** Characters of a line in 4.24. */
const MAX_LINE = 80

/** Share of a step by which an axis may stray and still be written as evenly spaced: the file gives its ends alone. */
const EVEN = 1e-6

const xUnits: Partial<Record<AxisKind, string>> = { wavelength: 'NANOMETERS', wavenumber: '1/CM', 'raman-shift': '1/CM' }
const yUnits: Record<QuantityKind, string> = {
  absorbance: 'ABSORBANCE',
  transmittance: 'TRANSMITTANCE',
  reflectance: 'REFLECTANCE',
  'reflectance-percent': '% REFLECTANCE',
  counts: 'COUNTS',
  'counts-no-reference': 'COUNTS',
  intensity: 'ARBITRARY UNITS',
  scaled: 'ARBITRARY UNITS',
}

/** Wavelengths from here on are infrared, below UV and visible; nm. */
const INFRARED_NM = 780

/**
 * One spectrum as a JCAMP-DX 4.24 file: AFFN with all digits, `(X++(Y..Y))` where the axis is evenly spaced, else `(XY..XY)`.
 * @throws Failure DATA_INVALID for a pixel axis, which no unit describes, or a text that the format cannot hold.
 */
export const jcampOf = ({ title, axis, values, quantity, labels = {}, origin = '', owner = '', measured }: JcampContent): string => {
  const unit = xUnits[axis.kind]
  if (unit === undefined)
    throw new Failure('DATA_INVALID', { where: title, seen: 'an axis of pixels', allowed: 'wavelength, wavenumber or Raman shift' })
  const x = axis.values
  const y = Array.from({ length: x.length }, (_, i) => values[i] ?? Number.NaN)
  const [first, last] = [x[0] ?? 0, x.at(-1) ?? 0]
  const even = isEven(x)
  const records = {
    TITLE: line(title, 'the title'),
    'JCAMP-DX': '4.24',
    'DATA TYPE': dataType(axis.kind, first),
    ORIGIN: line(origin, 'the origin'),
    OWNER: line(owner, 'the owner'),
    ...(measured === undefined ? {} : { 'LONG DATE': longDate(measured) }),
    ...Object.fromEntries(Object.entries(labels).map(([name, text]) => [`$${labelName(name)}`, line(text, `label ${name}`)])),
    XUNITS: unit,
    YUNITS: yUnits[quantity],
    FIRSTX: number(first),
    LASTX: number(last),
    XFACTOR: '1',
    YFACTOR: '1',
    NPOINTS: String(x.length),
    ...(Number.isNaN(y[0]) ? {} : { FIRSTY: number(y[0] ?? 0) }),
  }
  return [
    ...Object.entries(records).map(([name, value]) => `##${name}= ${value}`.trimEnd()),
    ...(even
      ? ['##XYDATA= (X++(Y..Y))', ...evenLines(x, y)]
      : ['##XYPOINTS= (XY..XY)', ...y.map((value, i) => `${number(x[i] ?? 0)}, ${number(value)}`)]),
    '##END=',
    '',
  ].join('\n')
}

const dataType = (kind: AxisKind, first: number): string => {
  if (kind === 'raman-shift') return 'RAMAN SPECTRUM'
  return kind === 'wavelength' && first < INFRARED_NM ? 'UV/VIS SPECTRUM' : 'INFRARED SPECTRUM'
}

const isEven = (x: Float64Array): boolean => {
  const first = x[0] ?? 0
  const step = ((x.at(-1) ?? 0) - first) / (x.length - 1)
  return x.every((value, i) => Math.abs(value - (first + i * step)) <= EVEN * step)
}

/** The shortest text that is read as the same number. An exponent has a sign: `E5` alone is the squeezed ordinate 55. */
const number = (value: number): string => (Number.isNaN(value) ? '?' : String(value).replace(/e([+-]?)/, (_, sign) => `E${sign === '-' ? '-' : '+'}`))

const evenLines = (x: Float64Array, y: readonly number[]): readonly string[] => {
  const lines: string[] = []
  let open = ''
  y.forEach((value, i) => {
    const next = number(value)
    if (open !== '' && open.length + 1 + next.length <= MAX_LINE) open += ` ${next}`
    else {
      if (open !== '') lines.push(open)
      open = `${number(x[i] ?? 0)} ${next}`
    }
  })
  return [...lines, open]
}

const longDate = (time: string): string => line(time, 'the time').replaceAll('-', '/').replace('T', ' ').replace('Z', ' +0000')

/** A text that is read again as it is. */
const line = (text: string, what: string): string => {
  if (!/[\r\n]|\$\$|^\s|\s$/.test(text) && (text !== '' || what !== 'the title')) return text
  throw new Failure('DATA_INVALID', {
    where: `${what} for a JCAMP-DX file`,
    seen: JSON.stringify(text),
    allowed: 'one line, without $$ and without blanks at its ends',
  })
}

const labelName = (name: string): string => {
  if (/^[a-z0-9_]+$/.test(name) && name !== 'id') return name.toUpperCase()
  throw new Failure('DATA_INVALID', { where: 'a label for a JCAMP-DX file', seen: JSON.stringify(name), allowed: 'lower-case letters, digits and _' })
}
