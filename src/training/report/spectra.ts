import type { DrawnClass, DrawnSpectra, Report } from '../report.js'
import { html, type Markup, type Part } from './markup.js'
import { extent, pathThrough, plot, type Scale, scaleOf } from './plot.js'
import { axisName, clipped, counted, many, nameList } from './words.js'

/** Classes that are drawn; the others are named. */
export const MAX_DRAWN_CLASSES = 10
/** Classes that one plot can hold and still be read; more get a small plot each. */
const MAX_TOGETHER = 4
const MAX_LABEL = 28

/** The spectra as they came and as the model sees them: mean, and the band in which nine of ten lie. */
export const spectraPlots = ({ spectra: { before, after }, model }: Report): Markup => {
  const hidden = before.classes.slice(MAX_DRAWN_CLASSES)
  return html`<section><h2>The spectra</h2>
${stage('As they came', 'before', before)}
${
  model.chain.length > 0 ? html`<h3>Between: the chain</h3><ol class="chain">${model.chain.map((step) => html`<li>${step}</li>`)}</ol>` : null
}${stage('As the model sees them, before centre and scale', 'after', after)}
${hidden.length > 0 ? html`<p>Not drawn: ${nameList(hidden.map(({ label }) => label))}.</p>` : null}</section>`
}

const stage = (name: string, id: string, drawn: DrawnSpectra): Markup => {
  const classes = drawn.classes.slice(0, MAX_DRAWN_CLASSES)
  if (classes.length === 0 || drawn.axis.length < 2)
    return html`<h3>${name}</h3><p>Nothing to draw: ${many(drawn.axis.length, 'point', 'points')} of an axis.</p>`
  const caption = `${drawn.quantity}: mean (line) and the band from the 5 to the 95 % quantile`
  return classes.length <= MAX_TOGETHER
    ? html`<h3>${name}</h3><figure>${together(classes, drawn, name)}<figcaption>${caption}. ${legend(classes)}</figcaption></figure>`
    : html`<h3>${name}</h3><figure>${apart(classes, drawn, id)}<figcaption>${caption}; grey: the means of the other classes drawn.</figcaption></figure>`
}

const legend = (classes: readonly DrawnClass[]): Markup =>
  html`<span class="legend">${classes.map(
    ({ label, spectra }, i) =>
      html`<span><svg viewBox="0 0 30 10" aria-hidden="true"><line class="line c${i}" x1="1" x2="29" y1="5" y2="5"/></svg> ${label} (${many(spectra, 'spectrum', 'spectra')})</span> `,
  )}</span>`

const ordinates = (classes: readonly DrawnClass[]): readonly [number, number] =>
  extent(
    classes.flatMap(({ mean, low, high }) => [...mean, ...low, ...high]),
    0.04,
  )

const together = (classes: readonly DrawnClass[], drawn: DrawnSpectra, name: string): Markup => {
  const [width, height] = [900, 330]
  const x = scaleOf(extent(drawn.axis), [58, width - 12], 8)
  const y = scaleOf(ordinates(classes), [height - 44, 22])
  const title = `${name}: ${classes.map(({ label }) => label).join(', ')}`
  return plot(
    { title, width, height, x, y, xName: axisName(drawn.axisUnit), yName: drawn.quantity },
    classes.map((each, i) => band(x, y, drawn.axis, each, i)),
    classes.map((each, i) => html`<path class="line c${i}" d="${pathThrough(x, y, drawn.axis, each.mean)}"/>`),
  )
}

/** A small plot for each class over the same axes. The grey means are written once and used in all of them. */
const apart = (classes: readonly DrawnClass[], drawn: DrawnSpectra, id: string): Part => {
  const [width, height] = [300, 190]
  const x = scaleOf(extent(drawn.axis), [46, width - 8], 4)
  const y = scaleOf(ordinates(classes), [height - 42, 22], 4)
  const others = html`<svg class="defs" width="0" height="0" aria-hidden="true"><defs>${classes.map(
    ({ mean }, i) => html`<path id="${id}-${i}" d="${pathThrough(x, y, drawn.axis, mean)}"/>`,
  )}</defs></svg>`
  return html`${others}<div class="panels">${classes.map((each, i) => {
    const head = `${clipped(each.label, MAX_LABEL)} (${counted(each.spectra)})`
    const title = `${each.label}: mean and band of ${many(each.spectra, 'spectrum', 'spectra')}`
    const grey = classes.map((_, other) => (other === i ? null : html`<use class="other" href="#${id}-${other}"/>`))
    return plot(
      { title, width, height, x, y, xName: axisName(drawn.axisUnit), yName: '', small: true },
      html`<text class="direct" x="${x.start}" y="14">${head}</text>`,
      grey,
      band(x, y, drawn.axis, each, 0),
      html`<use class="line c0" href="#${id}-${i}"/>`,
    )
  })}</div>`
}

/** The area between the quantiles: there along the upper, back along the lower; only where both are known at every point between gaps. */
const band = (x: Scale, y: Scale, axis: readonly number[], { low, high }: DrawnClass, colour: number): Markup => {
  const upper = pathThrough(
    x,
    y,
    axis,
    high.map((value, i) => (Number.isFinite(low[i]) ? value : Number.NaN)),
  )
  const lower = pathThrough(
    x,
    y,
    axis,
    low.map((value, i) => (Number.isFinite(high[i]) ? value : Number.NaN)),
  )
  const there = upper.split('M').slice(1)
  const back = lower.split('M').slice(1)
  return html`<path class="band c${colour}" d="${there.map((run, i) => `M${run}L${(back[i] ?? '').split('L').reverse().join('L')}Z`).join('')}"/>`
}
