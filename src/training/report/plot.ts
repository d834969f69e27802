import { html, type Markup, type Part } from './markup.js'
import { clipped, rounded } from './words.js'

/** From values to the coordinates of a drawing. */
export interface Scale {
  readonly start: number
  readonly end: number
  readonly ticks: readonly number[]
  /** A tick as text, with the decimals that its neighbours need. */
  label(tick: number): string
  at(value: number): number
}

/** Ticks at 1, 2 or 5 times a power of ten, about `wanted` of them, over [from, to]; a range without width is widened. */
export const scaleOf = ([from, to]: readonly [number, number], [start, end]: readonly [number, number], wanted = 5): Scale => {
  const middle = Number.isFinite(from) ? from : 0
  const [low, high] = Number.isFinite(to - from) && to > from ? [from, to] : [middle - 0.5, middle + 0.5]
  const rough = (high - low) / wanted
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = power * ([1, 2, 5].find((times) => times * power >= rough) ?? 10)
  const first = Math.ceil(low / step - 1e-9)
  const ticks = Array.from({ length: Math.floor(high / step + 1e-9) - first + 1 }, (_, i) => (first + i) * step)
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9))
  const plain = decimals <= MAX_DECIMALS && Math.max(Math.abs(low), Math.abs(high)) < LARGEST_PLAIN
  return {
    start,
    end,
    ticks,
    label: (tick) =>
      plain
        ? tick
            .toFixed(decimals)
            .replace(/^-0(\.0*)?$/, '0')
            .replace('-', '−')
        : rounded(tick),
    at: (value) => point(start + ((value - low) / (high - low)) * (end - start)),
  }
}
const MAX_DECIMALS = 5
const LARGEST_PLAIN = 1e6

/** Least and greatest finite value, widened on both sides by `margin` of their distance. */
export const extent = (values: readonly number[], margin = 0): readonly [number, number] => {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const value of values) {
    if (!Number.isFinite(value)) continue
    low = Math.min(low, value)
    high = Math.max(high, value)
  }
  return low > high ? [0, 1] : [low - margin * (high - low), high + margin * (high - low)]
}

/** A coordinate to a tenth: finer is not seen and makes the file larger. */
export const point = (coordinate: number): number => Math.round(10 * coordinate) / 10

interface Frame {
  /** What the drawing shows, for those who do not see it. */
  readonly title: string
  readonly width: number
  readonly height: number
  readonly x: Scale
  readonly y: Scale
  readonly xName: string
  readonly yName: string
  /** Printed size of letters against a drawing of full width. */
  readonly small?: boolean
}

/** Longest name of an axis, in signs. */
const MAX_NAME = 60

/** Marks between two labelled axes, with lines across at the ticks of the ordinate. */
export const plot = ({ title, width, height, x, y, xName, yName, small = false }: Frame, ...marks: readonly Part[]): Markup =>
  html`<svg class="${small ? 'plot small' : 'plot'}" viewBox="0 0 ${width} ${height}" role="img"><title>${title}</title>${y.ticks.map(
    (tick) =>
      html`<line class="grid" x1="${x.start}" x2="${x.end}" y1="${y.at(tick)}" y2="${y.at(tick)}"/><text class="tick" text-anchor="end" x="${x.start - 6}" y="${y.at(tick) + 4}">${y.label(tick)}</text>`,
  )}<line class="axis" x1="${x.start}" x2="${x.end}" y1="${y.start}" y2="${y.start}"/>${x.ticks.map(
    (tick) =>
      html`<line class="axis" x1="${x.at(tick)}" x2="${x.at(tick)}" y1="${y.start}" y2="${y.start + 4}"/><text class="tick" text-anchor="middle" x="${x.at(tick)}" y="${y.start + 17}">${x.label(tick)}</text>`,
  )}<text class="name" text-anchor="end" x="${x.end}" y="${y.start + 34}">${clipped(xName, MAX_NAME)}</text><text class="name" x="0" y="11">${clipped(yName, MAX_NAME)}</text>${marks}</svg>`

/** A value and its interval as a dot on a line, for a cell of a table that says both in words beside it. `mark`: a value to compare with. */
export const whisker = (scale: Scale, value: number, ends: readonly [number, number] | null, mark: number | null = null): Markup | null => {
  if (!Number.isFinite(value)) return null
  const line = ends?.every(Number.isFinite) ? html`<line class="whisker" x1="${scale.at(ends[0])}" x2="${scale.at(ends[1])}" y1="9" y2="9"/>` : null
  const wanted = mark === null ? null : html`<line class="mark" x1="${scale.at(mark)}" x2="${scale.at(mark)}" y1="1" y2="17"/>`
  return html`<svg class="cell" viewBox="0 0 ${WHISKER_WIDTH} 18" aria-hidden="true"><line class="grid" x1="${scale.start}" x2="${scale.end}" y1="9" y2="9"/>${wanted}${line}<circle class="dot" cx="${scale.at(value)}" cy="9" r="4"/></svg>`
}
export const WHISKER_WIDTH = 130
export const whiskerScale = (range: readonly [number, number]): Scale => scaleOf(range, [6, WHISKER_WIDTH - 6])

/** The `d` of a path through the points that are finite; it breaks where one is not, and where the abscissa leaps. */
export const pathThrough = (x: Scale, y: Scale, axis: readonly number[], values: readonly number[]): string => {
  const leap = LEAP * (middleOf(axis.slice(1).map((value, i) => value - (axis[i] ?? value))) ?? Number.POSITIVE_INFINITY)
  let open = false
  return axis
    .map((value, i) => {
      const ordinate = values[i] ?? Number.NaN
      const near = i > 0 && value - (axis[i - 1] ?? value) <= leap
      const drawn = Number.isFinite(ordinate) && Number.isFinite(value)
      const step = drawn ? `${open && near ? 'L' : 'M'}${x.at(value)} ${y.at(ordinate)}` : ''
      open = drawn
      return step
    })
    .join('')
}

/** Steps of an axis larger than so many times the median step are gaps: channels that the chain leaves out. */
const LEAP = 3

const middleOf = (values: readonly number[]): number | undefined => [...values].sort((a, b) => a - b)[values.length >> 1]
