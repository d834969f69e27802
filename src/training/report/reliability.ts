import type { Report } from '../report.js'
import { html, type Markup } from './markup.js'
import { plot, point, scaleOf } from './plot.js'
import { counted, percent, rounded } from './words.js'

const [WIDTH, HEIGHT] = [470, 360]
/** Bins of a reliability curve that are drawn. */
export const MAX_BINS = 50

/** Whether the scores can be believed: of the answers with a score of 80 %, are 80 % right? */
export const reliabilityCurve = ({ reliability }: Report): Markup | null => {
  const bins = reliability.filter(({ count, confidence, accuracy }) => count > 0 && Number.isFinite(confidence + accuracy)).slice(0, MAX_BINS)
  if (bins.length === 0) return null
  const total = bins.reduce((sum, { count }) => sum + count, 0)
  const off = bins.reduce((sum, { count, confidence, accuracy }) => sum + (count / total) * Math.abs(confidence - accuracy), 0)
  const lean = bins.reduce((sum, { count, confidence, accuracy }) => sum + (count / total) * (confidence - accuracy), 0)
  const least = Math.min(...bins.flatMap(({ confidence, accuracy }) => [confidence, accuracy]))
  const from = 100 * Math.max(0, Math.floor(10 * least - 0.2) / 10)
  const x = scaleOf([from, 100], [44, WIDTH - 12])
  const y = scaleOf([from, 100], [HEIGHT - 44, 22])
  const most = Math.max(...bins.map(({ count }) => count))
  const path = bins.map(({ confidence, accuracy }, i) => `${i === 0 ? 'M' : 'L'}${x.at(100 * confidence)} ${y.at(100 * accuracy)}`).join('')
  const title = `Share right against score in ${bins.length} bins; on average ${rounded(100 * off)} points apart`
  return html`<section><h2>Can the scores be believed?</h2><figure>${plot(
    { title, width: WIDTH, height: HEIGHT, x, y, xName: 'score of the answer in %', yName: 'share right in %' },
    html`<line class="ideal" x1="${x.start}" y1="${y.start}" x2="${x.end}" y2="${y.end}"/><path class="line c0" d="${path}"/>`,
    bins.map(
      ({ confidence, accuracy, count }) =>
        html`<circle class="dot" cx="${x.at(100 * confidence)}" cy="${y.at(100 * accuracy)}" r="${point(3 + 6 * Math.sqrt(count / most))}"><title>${`${counted(count)} spectra: score ${percent(confidence)}, right ${percent(accuracy)}`}</title></circle>`,
    ),
  )}<figcaption>${counted(total)} answers in bins by their score; larger dots hold more. On the dashed line a score means what it says. On average the score is ${off < 0.0001 ? 'less than 0.01' : rounded(100 * off)} points off${
    off < 0.005 ? '' : lean > 0 ? ', rather too sure' : ', rather too careful'
  }.</figcaption></figure></section>`
}
