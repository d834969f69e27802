import { Failure } from '../../failures.js'

/** One labelled data record: what stands behind `##LABEL=`, line by line, comments (`$$`) taken off. */
export interface JcampRecord {
  /** As it is written, without `##`. */
  readonly name: string
  readonly lines: string[]
  /** Line of the file where it begins, from 1. */
  readonly line: number
}

/** From `##TITLE=` to `##END=`. Records by label: upper case, without blanks, hyphens, slashes and underscores; `$name` for those of users. */
export interface JcampBlock {
  readonly line: number
  readonly records: Map<string, JcampRecord>
}

/** Blocks within blocks, and blocks in one file. */
const MAX_DEPTH = 8
export const MAX_BLOCKS = 100_000

/** Labels that decide what the numbers are: one that is there twice is refused. */
const decisive = new Set('DATATYPE XUNITS YUNITS XFACTOR YFACTOR FIRSTX LASTX DELTAX NPOINTS FIRSTY XYDATA XYPOINTS'.split(' '))

/** As 4.24 compares labels (McDonald and Wilks, Appl. Spectrosc. 42 (1988) 151); those of users become columns and keep what tells them apart. */
const labelOf = (name: string): string => {
  const trimmed = name.trim()
  return trimmed.startsWith('$') ? trimmed.toLowerCase().replace(/\s+/g, '_') : trimmed.toUpperCase().replace(/[\s\-/_]/g, '')
}

/**
 * The blocks of a JCAMP-DX file in the order in which they begin; those within a LINK block follow it.
 * @throws Failure DATA_INVALID with the line: no `##TITLE=` first, no `##END=`, a record twice.
 */
export const jcampBlocks = (text: string, file: string): readonly JcampBlock[] => {
  const broken = (line: number, seen: string, allowed: string) => new Failure('DATA_INVALID', { where: `${file}, line ${line}`, seen, allowed })
  const blocks: JcampBlock[] = []
  const open: JcampBlock[] = []
  let record: JcampRecord | null = null
  const lines = (text.startsWith('\uFEFF') ? text.slice(1) : text).split(/\r\n|\r|\n/)
  for (const [i, written] of lines.entries()) {
    const number = i + 1
    const line = uncommented(written)
    const [, name, value] = /^\s*##([^=]*)=(.*)$/.exec(line) ?? []
    if (name === undefined || value === undefined) {
      if (record !== null) record.lines.push(line)
      else if (line.trim() !== '') throw broken(number, `"${line.trim().slice(0, 40)}"`, 'a JCAMP-DX file: ##TITLE= first')
      continue
    }
    const label = labelOf(name)
    if (label === 'TITLE') {
      if (open.length >= MAX_DEPTH || blocks.length >= MAX_BLOCKS)
        throw broken(number, 'one more block', `at most ${MAX_DEPTH} within each other, ${MAX_BLOCKS} in all`)
      const block = { line: number, records: new Map() }
      blocks.push(block)
      open.push(block)
    }
    const block = open.at(-1)
    if (block === undefined) throw broken(number, `##${name}=`, 'a JCAMP-DX file: ##TITLE= first, ##END= last')
    if (label === 'END') {
      open.pop()
      record = null
      continue
    }
    record = { name: name.trim(), lines: [value], line: number }
    const before = block.records.get(label)
    if (before !== undefined && (decisive.has(label) || label.startsWith('$')))
      throw broken(number, `##${name}= as in line ${before.line}`, 'each once in a block')
    if (before === undefined) block.records.set(label, record)
  }
  const [last] = open.slice(-1)
  if (last !== undefined)
    throw new Failure('DATA_INVALID', {
      where: `${file}, block of line ${last.line}`,
      seen: 'the end of the file',
      allowed: '##END= at the end of each block',
      cure: 'the file was cut off: fetch it again',
    })
  if (blocks.length === 0) throw broken(1, 'an empty file', 'a JCAMP-DX file: ##TITLE= first')
  return blocks
}

const uncommented = (line: string): string => {
  const comment = line.indexOf('$$')
  return comment < 0 ? line : line.slice(0, comment)
}

/** Text of a record, its lines joined by a blank; null where there is none or nothing stands in it. */
export const textOf = ({ records }: JcampBlock, label: string): string | null => {
  const text = (records.get(label)?.lines ?? []).join(' ').trim()
  return text === '' ? null : text
}

/** Number of a record; null where there is none. @throws Failure DATA_INVALID if something else stands there. */
export const numberOf = (block: JcampBlock, label: string, file: string): number | null => {
  const text = textOf(block, label)
  if (text === null) return null
  const value = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text) ? Number(text) : Number.NaN
  if (Number.isFinite(value)) return value
  throw new Failure('DATA_INVALID', { where: placeOf(block, label, file), seen: `"${text.slice(0, 40)}"`, allowed: 'a number' })
}

/** Where a record stands, for messages; the block itself where there is none. */
export const placeOf = ({ records, line }: JcampBlock, label: string, file: string): string => {
  const record = records.get(label)
  return record === undefined ? `${file}, block of line ${line}` : `${file}, line ${record.line}, ##${record.name}=`
}
