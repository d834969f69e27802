import { open } from 'node:fs/promises'
import { Failure } from '../failures.js'
import { type Axis, type AxisKind, makeAxis } from '../spectrum/axis.js'

/** An axis file is a column of numbers; bytes and values. */
export const MAX_AXIS_BYTES = 1024 * 1024
export const MAX_AXIS_VALUES = 65_536

/** What the first line says the values are. */
const headers: Readonly<Record<string, AxisKind>> = {
  wavelength_nm: 'wavelength',
  'wavenumber_cm-1': 'wavenumber',
  'raman-shift_cm-1': 'raman-shift',
}

/** An axis and where it came from: the `#` lines of its file, without the sign. */
export interface AxisFile {
  readonly axis: Axis
  readonly provenance: readonly string[]
}

/**
 * Reads one value a line, in the order of the pixels, below a header that names the unit. Lines that start with # are provenance.
 * @throws Failure DATA_INVALID (cannot be read, or a line is not a number) or AXIS_INVALID (does not ascend), naming file and line.
 */
export const readAxisFile = async (file: string): Promise<AxisFile> => parseAxisFile(await readBounded(file), file)

/** The same from text; `file` names it in messages. */
export const parseAxisFile = (text: string, file: string): AxisFile => {
  const provenance: string[] = []
  const values: number[] = []
  const lines: number[] = []
  let kind: AxisKind | null = null
  for (const [i, raw] of text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\n|\r/)
    .entries()) {
    const line = raw.trim()
    if (line === '') continue
    if (line.startsWith('#')) {
      provenance.push(line.replace(/^#+\s*/, ''))
    } else if (kind === null) {
      kind = kindOf(line, `${file}:${i + 1}`)
    } else {
      if (values.length === MAX_AXIS_VALUES)
        throw new Failure('DATA_INVALID', { where: `${file}:${i + 1}`, seen: 'one value more', allowed: `at most ${MAX_AXIS_VALUES} values` })
      values.push(numberIn(line, `${file}:${i + 1}`))
      lines.push(i + 1)
    }
  }
  if (kind === null || values.length < 2)
    throw new Failure('DATA_INVALID', {
      where: file,
      seen: `${values.length} values`,
      allowed: `a header (${Object.keys(headers).join(', ')}) and 2 values or more`,
    })
  checkOrder(values, lines, file)
  return { axis: makeAxis(kind, values, file), provenance }
}

const kindOf = (line: string, where: string): AxisKind => {
  const kind = headers[line]
  if (kind) return kind
  throw new Failure('DATA_INVALID', { where, seen: `the header ${JSON.stringify(line.slice(0, 80))}`, allowed: Object.keys(headers).join(', ') })
}

const numberIn = (line: string, where: string): number => {
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(line) && Number.isFinite(Number(line))) return Number(line)
  throw new Failure('DATA_INVALID', { where, seen: JSON.stringify(line.slice(0, 80)), allowed: 'one number, with a decimal point, and nothing else' })
}

const checkOrder = (values: readonly number[], lines: readonly number[], file: string): void => {
  const fall = values.findIndex((value, i) => i > 0 && value <= (values[i - 1] ?? value))
  if (fall < 0) return
  const descends = values.every((value, i) => i === 0 || value < (values[i - 1] ?? value))
  throw new Failure('AXIS_INVALID', {
    where: `${file}:${lines[fall]}`,
    seen: `${values[fall - 1]} then ${values[fall]}`,
    ...(descends
      ? {
          cure: 'the file descends: if it lists the last pixel first, reverse its lines; an instrument whose values truly fall with the pixel cannot be used',
        }
      : { cure: 'list each pixel once, in the order of the pixels' }),
  })
}

/** Never more of a file than its limit, whatever the path names. */
const readBounded = async (file: string): Promise<string> => {
  const handle = await open(file).catch((error: unknown) => {
    throw new Failure('DATA_INVALID', {
      where: file,
      seen: String(error),
      cure: '"axis" in the configuration names a file that can be read',
      cause: error,
    })
  })
  try {
    const buffer = Buffer.alloc(MAX_AXIS_BYTES + 1)
    let length = 0
    while (length < buffer.length) {
      const { bytesRead } = await handle.read(buffer, length, buffer.length - length, null)
      if (bytesRead === 0) return buffer.toString('utf8', 0, length)
      length += bytesRead
    }
    throw new Failure('DATA_INVALID', { where: file, seen: `more than ${MAX_AXIS_BYTES} bytes`, allowed: `at most ${MAX_AXIS_BYTES} bytes` })
  } catch (error) {
    if (error instanceof Failure) throw error
    throw new Failure('DATA_INVALID', { where: file, seen: String(error), cause: error })
  } finally {
    await handle.close()
  }
}
