import { Failure } from '../../failures.js'
import { MAX_COLUMNS } from '../table.js'
import { type JcampBlock, numberOf, placeOf, textOf } from './blocks.js'
import { decodeOrdinates } from './ordinates.js'
import { type JcampMeaning, MAX_RATIO, meaningOfUnits } from './units.js'

/** One spectrum of a JCAMP-DX file, in nm or cm-1, ascending; percent are ratios. */
export interface JcampSpectrum {
  /** File and line, for messages. */
  readonly where: string
  readonly title: string
  /** `##$NAME=` records of one line, names in lower case, blanks as `_`. */
  readonly labels: Readonly<Record<string, string>>
  readonly meaning: JcampMeaning
  readonly x: Float64Array
  readonly y: Float64Array
}

/** Characters of a user-defined record that is taken as a label; longer ones are parameters of an instrument, not labels. */
export const MAX_LABEL_CHARACTERS = 200

/** Share by which DELTAX may differ from what FIRSTX, LASTX and NPOINTS say: it is written with few digits. */
const DELTAX_TOLERANCE = 0.01

/** Blocks without a spectrum: they hold other blocks, or a chemical structure. */
export const isSpectrumBlock = (block: JcampBlock): boolean =>
  (textOf(block, 'DATATYPE') ?? '').toUpperCase() !== 'LINK' && !block.records.has('JCAMPCS')

/**
 * The spectrum of a block.
 * @throws Failure DATA_INVALID with line and record: no table of a kind that can be read, units that mean something else, counts and ends that
 * do not fit the table.
 */
export const spectrumOf = (block: JcampBlock, file: string): JcampSpectrum => {
  const where = `${file}, block of line ${block.line}`
  const table = block.records.has('XYDATA') ? 'XYDATA' : 'XYPOINTS'
  const record = block.records.get(table)
  if (record === undefined) throw noTable(block, where)
  const meaning = meaningOfUnits({ dataType: textOf(block, 'DATATYPE'), xUnits: textOf(block, 'XUNITS'), yUnits: textOf(block, 'YUNITS') }, where)
  const form = (record.lines[0] ?? '').replace(/\s/g, '').toUpperCase()
  const even = form === '(X++(Y..Y))'
  if (!even && form !== '(XY..XY)')
    throw new Failure('DATA_INVALID', { where: placeOf(block, table, file), seen: form || 'nothing', allowed: '(X++(Y..Y)) or (XY..XY)' })
  const raw = even ? evenSteps(block, table, file) : pairs(block, table, file)
  const yFactor = numberOf(block, 'YFACTOR', file) ?? 1
  checkFirst(block, file, (raw.y[0] ?? Number.NaN) * yFactor, yFactor)
  const x = Float64Array.from(raw.x, (value) => value * meaning.xScale)
  const y = Float64Array.from(raw.y, (value) => value * yFactor * meaning.yScale)
  if ((x.at(-1) ?? 0) < (x[0] ?? 0)) {
    x.reverse()
    y.reverse()
  }
  checkRatio(y, meaning, where)
  return { where, title: textOf(block, 'TITLE') ?? '', labels: labelsOf(block, where), meaning, x, y }
}

const noTable = ({ records }: JcampBlock, where: string): Failure => {
  const other = [...records.keys()].find((label) => /^(PEAK|NTUPLES|DATATABLE|RADATA|PAGE)/.test(label))
  return new Failure('DATA_INVALID', {
    where,
    seen: other === undefined ? 'no table of values' : `##${records.get(other)?.name ?? other}=`,
    allowed: '##XYDATA= (X++(Y..Y)) or ##XYPOINTS= (XY..XY): a whole spectrum',
    cure: 'export the spectrum itself, one a block',
  })
}

const evenSteps = (block: JcampBlock, table: string, file: string) => {
  const needed = (label: string): number => {
    const value = numberOf(block, label, file)
    if (value !== null) return value
    throw new Failure('DATA_INVALID', { where: placeOf(block, label, file), seen: `no ##${label}=`, allowed: 'FIRSTX, LASTX and NPOINTS' })
  }
  const [first, last, points] = [needed('FIRSTX'), needed('LASTX'), needed('NPOINTS')]
  const fail = (where: string, seen: string, allowed: string): never => {
    throw new Failure('DATA_INVALID', { where, seen, allowed, cure: 'points were lost, or the file was changed by hand: export it again' })
  }
  if (!Number.isInteger(points) || points < 2 || points > MAX_COLUMNS)
    fail(placeOf(block, 'NPOINTS', file), String(points), `a whole number, 2 to ${MAX_COLUMNS}`)
  const step = (last - first) / (points - 1)
  const delta = numberOf(block, 'DELTAX', file)
  if (step === 0 || (delta !== null && Math.abs(Math.abs(delta) - Math.abs(step)) > DELTAX_TOLERANCE * Math.abs(step)))
    fail(placeOf(block, 'DELTAX', file), String(delta ?? 0), `${step}, as FIRSTX, LASTX and NPOINTS say`)
  const record = block.records.get(table)
  const xFactor = numberOf(block, 'XFACTOR', file) ?? 1
  const { values, starts } = decodeOrdinates(record?.lines.slice(1) ?? [], (record?.line ?? 0) + 1, file)
  for (const { line, x, step: digit, index } of starts) {
    const expected = first + index * step
    // Abscissas are rounded or cut off to their last digit; that far they may stray, or half a step.
    if (Math.abs(x * xFactor - expected) > 1.001 * Math.max(0.5 * Math.abs(step), digit * Math.abs(xFactor)))
      fail(`${file}, line ${line}`, `abscissa ${x * xFactor}`, `${expected}, the ${index + 1}th point of the table`)
  }
  if (values.length !== points) fail(placeOf(block, table, file), `${values.length} points`, `${points}, as NPOINTS says`)
  return { x: Float64Array.from(values, (_, i) => (i === points - 1 ? last : first + i * step)), y: values }
}

const pairs = (block: JcampBlock, table: string, file: string) => {
  const record = block.records.get(table)
  const factor = numberOf(block, 'XFACTOR', file) ?? 1
  const x: number[] = []
  const y: number[] = []
  record?.lines.slice(1).forEach((text, n) => {
    for (const item of text.split(/[\s,;]+/).filter((part) => part !== '')) {
      const isX = x.length === y.length
      const value = item === '?' && !isX ? Number.NaN : /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(item) ? Number(item) : null
      if (value === null || x.length > MAX_COLUMNS)
        throw new Failure('DATA_INVALID', {
          where: `${file}, line ${record.line + 1 + n}`,
          seen: `"${item.slice(0, 20)}"`,
          allowed: `pairs of numbers, at most ${MAX_COLUMNS}`,
        })
      if (isX) x.push(value * factor)
      else y.push(value)
    }
  })
  const points = numberOf(block, 'NPOINTS', file)
  if (x.length !== y.length || (points !== null && points !== x.length))
    throw new Failure('DATA_INVALID', {
      where: placeOf(block, table, file),
      seen: `${x.length} abscissas, ${y.length} ordinates`,
      allowed: points === null ? 'one ordinate for each abscissa' : `${points} of each, as NPOINTS says`,
      cure: 'the table was cut off: export it again',
    })
  return { x, y }
}

// FIRSTY is there to find a wrong YFACTOR; it is written with few digits.
const checkFirst = (block: JcampBlock, file: string, seen: number, yFactor: number): void => {
  const wanted = numberOf(block, 'FIRSTY', file)
  if (wanted === null || Number.isNaN(seen) || Math.abs(seen - wanted) <= Math.abs(yFactor) + 0.01 * Math.abs(wanted)) return
  throw new Failure('DATA_INVALID', {
    where: placeOf(block, 'FIRSTY', file),
    seen: String(wanted),
    allowed: `${seen}, the first ordinate times YFACTOR`,
    cure: 'YFACTOR or the table is wrong: export the file again',
  })
}

const checkRatio = (y: Float64Array, { quantityKind }: JcampMeaning, where: string): void => {
  if (quantityKind !== 'transmittance' && quantityKind !== 'reflectance') return
  const sorted = y.filter(Number.isFinite).sort()
  const median = sorted[sorted.length >> 1] ?? 0
  if (median > MAX_RATIO)
    throw new Failure('DATA_INVALID', {
      where: `${where}, ##YUNITS=`,
      seen: `${quantityKind} with a median of ${median}`,
      allowed: 'a ratio, 1 is the reference',
      cure: `if it is in percent, write "% ${quantityKind.toUpperCase()}"`,
    })
}

const labelsOf = ({ records }: JcampBlock, where: string): Readonly<Record<string, string>> => {
  const labels = new Map<string, string>()
  for (const [label, { name, lines }] of records) {
    const column = label.startsWith('$') ? label.slice(1) : ''
    const value = lines.join('\n').trim()
    if (column === '' || value.includes('\n') || value.length > MAX_LABEL_CHARACTERS) continue
    if (column === 'id')
      throw new Failure('DATA_INVALID', { where, seen: `##${name}=`, allowed: 'other names: the id of a spectrum is its ##TITLE=' })
    labels.set(column, value)
  }
  return Object.fromEntries(labels)
}
