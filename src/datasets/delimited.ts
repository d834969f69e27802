import { Failure } from '../failures.js'

/** One record; a quoted cell may hold line breaks, so `line` is that of its first cell (the header is line 1). */
export interface CellRow {
  readonly line: number
  readonly cells: readonly string[]
}

export const separators = [';', '\t', ','] as const
export type Separator = (typeof separators)[number]

/**
 * The separator of a table, from its header alone: a semicolon outside quotation marks, else a tab, else the comma. A comma in a header
 * with semicolons is then a decimal comma.
 */
export const separatorOf = (text: string): Separator => {
  const bare = text.slice(0, endOf(text, 0)).replace(/"[^"]*"/g, '')
  return separators.find((separator) => bare.includes(separator)) ?? ','
}

/**
 * The records of a delimited text (RFC 4180): quoted cells with doubled quotation marks inside, line ends of any system, a byte order mark,
 * blanks around cells, empty lines at the end.
 * @throws Failure DATA_INVALID with the line: a quotation mark in the middle of a cell or never closed, an empty line between two records.
 */
export function* cellRows(text: string, separator: Separator, file: string): Generator<CellRow> {
  const body = text.startsWith('\uFEFF') ? text.slice(1) : text
  let at = 0
  let line = 1
  let emptyAt: number | null = null
  while (at < body.length) {
    const end = endOf(body, at)
    const plain = body.slice(at, end)
    const first = line
    if (plain.trim() === '') {
      emptyAt ??= line
      at = end + 1
      line++
      continue
    }
    if (emptyAt !== null)
      throw new Failure('DATA_INVALID', { where: `${file}, line ${emptyAt}`, seen: 'an empty line', allowed: 'empty lines at the end only' })
    if (!plain.includes('"')) {
      yield { line: first, cells: plain.split(separator).map((cell) => cell.trim()) }
      at = end + 1
      line++
      continue
    }
    const quoted = quotedRow(body, at, separator, `${file}, line ${first}`)
    yield { line: first, cells: quoted.cells }
    at = quoted.next
    line += quoted.lines
  }
}

/** Where the line that starts at `from` ends: at its line feed, or at the end of the text. */
const endOf = (text: string, from: number): number => {
  const end = text.indexOf('\n', from)
  return end < 0 ? text.length : end
}

const quotedRow = (text: string, from: number, separator: Separator, where: string) => {
  const cells: string[] = []
  const broken = (seen: string): never => {
    throw new Failure('DATA_INVALID', {
      where: `${where}, column ${cells.length + 1}`,
      seen,
      allowed: 'quotation marks around a whole cell, doubled inside it',
    })
  }
  let at = from
  let lines = 1
  for (;;) {
    while (text[at] === ' ' || (text[at] === '\t' && separator !== '\t')) at++
    let cell: string
    if (text[at] === '"') {
      let close = text.indexOf('"', at + 1)
      while (close >= 0 && text[close + 1] === '"') close = text.indexOf('"', close + 2)
      if (close < 0) return broken('a quotation mark that is never closed')
      const inside = text.slice(at + 1, close)
      lines += inside.split('\n').length - 1
      cell = inside.replaceAll('""', '"')
      at = close + 1
      while (text[at] === ' ' || text[at] === '\r' || (text[at] === '\t' && separator !== '\t')) at++
      if (at < text.length && text[at] !== separator && text[at] !== '\n')
        return broken(`"${text.slice(at, Math.min(at + 10, endOf(text, at)))}" behind a closing quotation mark`)
    } else {
      const end = endOf(text, at)
      const next = text.indexOf(separator, at)
      const stop = next < 0 || next > end ? end : next
      const bare = text.slice(at, stop)
      if (bare.includes('"')) return broken('a quotation mark within a cell')
      cell = bare.trim()
      at = stop
    }
    cells.push(cell)
    if (text[at] !== separator) return { cells, next: at + 1, lines }
    at++
  }
}
