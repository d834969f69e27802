import type { PredictedValue, Report } from '../report.js'
import { html, type Markup } from './markup.js'
import { extent, plot, point, scaleOf } from './plot.js'
import { counted, many, percent, rounded, withUnit } from './words.js'

/** Points of a scatter plot; of more, so many are drawn, spread evenly over the true values. */
export const MAX_SCATTERED = 1500

const SIZE = 470
const RADIUS = 3.2

/** What the model says against what is true, with the interval of each answer. */
export const scatter = ({ model, predicted, nominal }: Report): Markup | null => {
  const judged = predicted.filter(({ truth, predicted: answer }) => Number.isFinite(truth) && Number.isFinite(answer))
  if (judged.length === 0) return null
  const drawn = thinned([...judged].sort((a, b) => a.truth - b.truth))
  const name = withUnit(model.labels.length === 1 ? (model.labels[0] ?? 'value') : 'value', model.unit ? `(${model.unit})` : null)
  const range = extent(
    drawn.flatMap(({ truth, predicted: answer, low, high }) => [truth, answer, low ?? truth, high ?? truth]),
    0.03,
  )
  const x = scaleOf(range, [52, SIZE - 10])
  const y = scaleOf(range, [SIZE - 44, 22])
  const ideal = html`<line class="ideal" x1="${x.start}" y1="${y.start}" x2="${x.end}" y2="${y.end}"/>`
  const inside = judged.filter(holds)
  const withInterval = judged.filter(hasInterval)
  const title = `Predicted against true ${name}: ${counted(drawn.length)} points around the line of equality`
  return html`<section><h2>Predicted against true</h2><figure>${plot(
    { title, width: SIZE, height: SIZE, x, y, xName: `true ${name}`, yName: `predicted ${name}` },
    ideal,
    drawn.map((each) => mark(each, x.at(each.truth), y.at)),
  )}<figcaption>${many(judged.length, 'judged spectrum', 'judged spectra')}${
    drawn.length < judged.length ? `, of which ${counted(drawn.length)} are drawn` : ''
  }; on the line predicted and true are equal. ${
    withInterval.length === 0
      ? 'The model gives no interval.'
      : html`Bars are the intervals of the answers: ${counted(inside.length)} of ${counted(withInterval.length)} hold the truth (${percent(inside.length / withInterval.length)}${
          nominal === null ? '' : `; ${percent(nominal)} are meant to`
        }). Diamonds: the truth lies outside.`
  }${predicted.length > judged.length ? ` ${many(predicted.length - judged.length, 'spectrum', 'spectra')} without a finite value are not drawn.` : ''}</figcaption></figure></section>`
}

const hasInterval = ({ low, high }: PredictedValue): boolean => low !== null && high !== null && Number.isFinite(high - low)
const holds = (each: PredictedValue): boolean => hasInterval(each) && (each.low ?? 0) <= each.truth && each.truth <= (each.high ?? 0)

const mark = (each: PredictedValue, x: number, at: (value: number) => number): Markup => {
  const { id, truth, predicted, low, high } = each
  const bar = hasInterval(each) ? html`<line class="bar" x1="${x}" x2="${x}" y1="${at(low ?? 0)}" y2="${at(high ?? 0)}"/>` : null
  const y = at(predicted)
  const outside = hasInterval(each) && !holds(each)
  const title = html`<title>${`${id}: true ${rounded(truth)}, predicted ${rounded(predicted)}`}</title>`
  const r = RADIUS + 1.6
  return outside
    ? html`<g class="outside">${bar}<path d="M${x} ${point(y - r)}L${point(x + r)} ${y}L${x} ${point(y + r)}L${point(x - r)} ${y}Z">${title}</path></g>`
    : html`<g class="inside">${bar}<circle cx="${x}" cy="${y}" r="${RADIUS}">${title}</circle></g>`
}

const thinned = <T>(all: readonly T[]): readonly T[] =>
  all.length <= MAX_SCATTERED
    ? all
    : Array.from({ length: MAX_SCATTERED }, (_, i) => all[Math.round((i * (all.length - 1)) / (MAX_SCATTERED - 1))]).flatMap((each) => each ?? [])
