import { Failure } from '../../failures.js'
import { MAX_COLUMNS } from '../table.js'

/** What begins a line of the table: its abscissa as written, and the ordinate that it belongs to. */
export interface LineStart {
  readonly line: number
  readonly x: number
  /** Unit of the last digit of `x`. */
  readonly step: number
  readonly index: number
}

/** A decoded table `(X++(Y..Y))`, before XFACTOR and YFACTOR. NaN stands for `?`, an invalid ordinate. */
export interface Ordinates {
  readonly values: readonly number[]
  readonly starts: readonly LineStart[]
}

const ABSCISSA = /^\s*([+-]?(?:\d+\.?(\d*)|\.(\d+))(?:[eE]([+-]\d+))?)/
// An exponent has a sign; without one it is taken for such only behind a decimal point: `12E3` are the two ordinates 12 and 53.
const ITEM =
  /[\s,]*(?:(?<plain>[+-]?(?:\d+\.\d*|\.\d+)(?:[eE][+-]?\d+)?|[+-]?\d+(?:[eE][+-]\d+)?)|\?|(?<sqz>[@A-Ia-i])(?<sq>\d*)|(?<dif>[%J-Rj-r])(?<di>\d*)|(?<dup>[S-Zs])(?<du>\d*))/y

/** First digit, with its sign, that a letter of the squeezed forms stands for. */
const squeezed = (letter: string): string => leading(letter, '@', 'A', 'a')
const difference = (letter: string): string => leading(letter, '%', 'J', 'j')
const leading = (letter: string, zero: string, plus: string, minus: string): string => {
  if (letter === zero) return '0'
  const up = letter.charCodeAt(0) - plus.charCodeAt(0)
  return up >= 0 && up < 9 ? String(up + 1) : `-${letter.charCodeAt(0) - minus.charCodeAt(0) + 1}`
}
const repeats = (letter: string): string => (letter === 's' ? '9' : String(letter.charCodeAt(0) - 'S'.charCodeAt(0) + 1))

/**
 * Decodes the ordinates of `##XYDATA= (X++(Y..Y))` in every form: AFFN, PAC, SQZ, DIF and DUP, mixed or not (McDonald and Wilks, Appl.
 * Spectrosc. 42 (1988) 151, "ASDF forms"). A line that follows a difference repeats the last ordinate: that one is a check, not a point.
 * @param first number of the first of these lines in the file
 * @throws Failure DATA_INVALID with the line: an unknown character, a check that fails, a repetition of nothing, too many ordinates.
 */
export const decodeOrdinates = (lines: readonly string[], first: number, file: string): Ordinates => {
  const values: number[] = []
  const starts: LineStart[] = []
  /** The last ordinate was given by itself, or by its difference `by` to the one before; null: none yet. */
  let last: Given | null = null
  for (const [n, text] of lines.entries()) {
    if (text.trim() === '') continue
    const line = first + n
    const begin = ABSCISSA.exec(text)
    if (begin === null) throw broken(file, line, `"${text.trim().slice(0, 20)}"`, 'an abscissa at the beginning of each line')
    let due = last?.kind === 'difference'
    starts.push({ line, x: Number(begin[1]), step: lastDigit(begin), index: values.length - (due ? 1 : 0) })
    const { items, rest } = itemsOf(text, begin[0].length)
    if (rest !== '') throw broken(file, line, `"${rest.slice(0, 20)}"`, 'numbers, or the letters of the forms SQZ, DIF and DUP')
    for (const item of items) {
      const before: number | undefined = values.at(-1)
      if (item.kind === 'value') {
        last = item
        if (!due) values.push(item.by)
        else if (item.by !== before) throw broken(file, line, `${item.by} as the check of the line before`, `${before}, its last ordinate`)
        due = false
      } else if (item.kind === 'difference') {
        if (before === undefined || Number.isNaN(before) || due) throw broken(file, line, 'a difference to nothing', 'an ordinate first')
        last = item
        values.push(before + item.by)
      } else {
        if (last === null || due) throw broken(file, line, 'a repetition of nothing', 'an ordinate first')
        if (values.length + item.by > MAX_COLUMNS) throw broken(file, line, 'more ordinates', `at most ${MAX_COLUMNS}`)
        for (let more = 1; more < item.by; more++) values.push(last.kind === 'value' ? last.by : (values.at(-1) ?? 0) + last.by)
      }
    }
    if (values.length > MAX_COLUMNS) throw broken(file, line, 'more ordinates', `at most ${MAX_COLUMNS}`)
  }
  return { values, starts }
}

interface Given {
  readonly kind: 'value' | 'difference'
  readonly by: number
}
interface Repeated {
  readonly kind: 'repeated'
  readonly by: number
}

const itemsOf = (text: string, from: number): { readonly items: readonly (Given | Repeated)[]; readonly rest: string } => {
  const items: (Given | Repeated)[] = []
  let end = from
  ITEM.lastIndex = from
  for (let item = ITEM.exec(text); item !== null; item = ITEM.exec(text)) {
    end = ITEM.lastIndex
    const { plain, sqz, sq = '', dif, di = '', dup, du = '' } = item.groups ?? {}
    if (plain !== undefined) items.push({ kind: 'value', by: Number(plain) })
    else if (sqz !== undefined) items.push({ kind: 'value', by: Number(squeezed(sqz) + sq) })
    else if (dif !== undefined) items.push({ kind: 'difference', by: Number(difference(dif) + di) })
    else if (dup !== undefined) items.push({ kind: 'repeated', by: Number(repeats(dup) + du) })
    else items.push({ kind: 'value', by: Number.NaN })
  }
  return { items, rest: text.slice(end).replace(/^[\s,]+|[\s,]+$/g, '') }
}

const lastDigit = (begin: RegExpExecArray): number => 10 ** (Number(begin[4] ?? 0) - (begin[2] ?? begin[3] ?? '').length)

const broken = (file: string, line: number, seen: string, allowed: string): Failure =>
  new Failure('DATA_INVALID', { where: `${file}, line ${line}`, seen, allowed, cure: 'fetch the file again, or export it in another form' })
