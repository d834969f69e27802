import type { Report } from '../report.js'
import { html, type Markup } from './markup.js'
import { extent, plot, point, scaleOf } from './plot.js'
import { counted, percent, rounded, withUnit } from './words.js'

const [WIDTH, HEIGHT] = [470, 190]
const BINS = 40
/** Shuffled scores that are drawn as dots: of more, the first. */
export const MAX_STRIP = 500

/** Above this share of shuffled scores as good or better, a score may be chance. */
const CHANCE = 0.05

/** The score among those of the same recipe taught with shuffled labels: what chance alone would give. */
export const permutationStrip = ({ permutation, model, winner }: Report): Markup => {
  if (permutation === null || permutation.shuffled.length === 0)
    return html`<section><h2>Could it be chance?</h2><p>Not checked: no training with shuffled labels was done.</p></section>`
  const { figure, shuffled, p } = permutation
  const whose =
    winner.family === 'cnn'
      ? `the best other model (${permutation.model}, not the network: many networks would take hours)`
      : `the winning recipe (${permutation.model})`
  const text = (score: number) => (model.task === 'value' ? withUnit(rounded(score), model.unit) : percent(score))
  const factor = model.task === 'value' ? 1 : 100
  const drawn = shuffled.filter(Number.isFinite).slice(0, MAX_STRIP)
  const x = scaleOf(
    extent(
      [figure, ...drawn].map((score) => score * factor),
      0.06,
    ),
    [14, WIDTH - 14],
  )
  const stack = new Map<number, number>()
  const bin = (x.end - x.start) / BINS
  const tallest = Math.max(1, ...heights(drawn.map((score) => Math.round(x.at(score * factor) / bin))))
  const rise = Math.min(10, (HEIGHT - 80) / tallest)
  const dots = drawn.map((score) => {
    const column = Math.round(x.at(score * factor) / bin)
    const height = stack.get(column) ?? 0
    stack.set(column, height + 1)
    return html`<circle class="shuffled" cx="${point(column * bin)}" cy="${point(HEIGHT - 46 - height * rise)}" r="${point(Math.min(4, bin / 2.4))}"/>`
  })
  const at = x.at(figure * factor)
  const anchor = at > WIDTH * 0.7 ? 'end' : at < WIDTH * 0.3 ? 'start' : 'middle'
  const flag = html`<line class="mark" x1="${at}" x2="${at}" y1="34" y2="${HEIGHT - 40}"/><text class="direct" text-anchor="${anchor}" x="${at}" y="28">${`true labels: ${text(figure)}`}</text>`
  const y = { start: HEIGHT - 40, end: 0, ticks: [], label: () => '', at: () => HEIGHT - 40 }
  const title = `Scores with ${counted(shuffled.length)} shufflings of the labels as dots, and ${text(figure)} with the true labels as a line`
  const good = shuffled.filter((score) => (model.task === 'value' ? score <= figure : score >= figure)).length
  return html`<section><h2>Could it be chance?</h2><figure>${plot(
    {
      title,
      width: WIDTH,
      height: HEIGHT,
      x,
      y,
      xName: model.task === 'value' ? `root mean square error${model.unit ? ` (${model.unit})` : ''}` : 'balanced accuracy in %',
      yName: '',
    },
    dots,
    flag,
  )}<figcaption>Each dot: ${whose} taught with the labels shuffled between objects. ${
    good === 0 ? 'None' : counted(good)
  } of ${counted(shuffled.length)} did as well or better (p = ${rounded(p)}, the true labels counted as one more draw).${verdict(p, good)}${drawn.length < shuffled.length ? ` ${counted(drawn.length)} are drawn.` : ''}</figcaption></figure></section>`
}

const verdict = (p: number, good: number): Markup => {
  if (p <= CHANCE) return html` So chance alone does not explain the score.`
  return good === 0 ? html` So few shufflings cannot rule chance out.` : html` <strong>So chance alone could have given this score.</strong>`
}

const heights = (columns: readonly number[]): readonly number[] => {
  const counts = new Map<number, number>()
  for (const column of columns) counts.set(column, (counts.get(column) ?? 0) + 1)
  return [...counts.values()]
}
