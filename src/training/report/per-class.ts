import type { Figure } from '../contract.js'
import type { ClassFigures, Report } from '../report.js'
import { html, type Markup, type Part } from './markup.js'
import { type Scale, whisker, whiskerScale } from './plot.js'
import { counted, intervalText, percent, rounded } from './words.js'

/** Rows of a table of classes; of more, those recognised worst are shown. */
export const MAX_CLASS_ROWS = 200

/** How good the model is at each class. */
export const classTable = ({ perClass }: Report): Markup | null => {
  if (perClass.length === 0) return null
  const shown = worst(perClass)
  const { scale, ends } = enlarged(shown.flatMap(({ recall, precision }) => [recall, precision]))
  return html`<section><h2>Each class</h2><div class="wide"><table><caption>Share recognised (of the spectra of this class), share right (of the answers with this name), 95 % intervals by a bootstrap over objects${cut(perClass, shown)}</caption>
<thead><tr><th scope="col">Class</th><th scope="col" class="n">Objects</th><th scope="col" class="n">Spectra</th><th scope="col" class="n">Recognised</th><th scope="col">${ends}</th><th scope="col" class="n">Right</th><th scope="col">${ends}</th><th scope="col" class="n">Accepted</th></tr></thead>
<tbody>${shown.map(
    (each) =>
      html`<tr><th scope="row">${each.label}</th><td class="n">${counted(each.objects)}</td><td class="n">${counted(each.spectra)}</td>${share(each.recall, scale)}${share(each.precision, scale)}<td class="n">${percent(each.accepted)}</td></tr>`,
  )}</tbody></table></div></section>`
}

/** Whether the prediction sets of each class hold the truth as often as they are meant to, and how large they are. */
export const coverageTable = ({ perClass, nominal, figures }: Report): Markup | null => {
  const judged = perClass.filter(({ coverage, setSize }) => coverage !== null || setSize !== null)
  if (perClass.length === 0) return null
  if (judged.length === 0)
    return html`<section><h2>Prediction sets</h2><p>This model gives no prediction sets: it was judged on too few objects, or was not asked to.</p></section>`
  const shown = worst(judged)
  const { scale, ends } = enlarged(shown.flatMap(({ coverage }) => coverage ?? []))
  const goal = nominal === null ? '' : `; meant are ${percent(nominal)} (the upright line)`
  return html`<section><h2>Prediction sets</h2><p>A set holds every label that cannot be ruled out. The smaller the sets at the same coverage, the more the model knows; a set of several labels is answered <q>ambiguous</q>.</p>${wide(figures['set-size']?.value ?? 0)}
<div class="wide"><table><caption>Share of accepted spectra whose set holds the truth${goal}; mean number of labels in a set${cut(judged, shown)}</caption>
<thead><tr><th scope="col">Class</th><th scope="col" class="n">Coverage</th><th scope="col">${ends}</th><th scope="col">Against what is meant</th><th scope="col" class="n">Labels in a set</th></tr></thead>
<tbody>${shown.map(
    (each) =>
      html`<tr><th scope="row">${each.label}</th>${each.coverage ? share(each.coverage, scale, nominal) : html`<td class="n">–</td><td></td>`}<td>${against(each.coverage, nominal)}</td><td class="n">${each.setSize === null ? '–' : rounded(each.setSize)}</td></tr>`,
  )}</tbody></table></div></section>`
}

/** A scale from the ten per cent below the lowest end to all. */
const enlarged = (figures: readonly Figure[]): { readonly scale: Scale; readonly ends: string } => {
  const lowest = Math.min(0.9, ...figures.flatMap(({ value, interval }) => interval?.[0] ?? value).filter(Number.isFinite))
  const from = Math.max(0, Math.floor(10 * lowest + 1e-9) / 10)
  return { scale: whiskerScale([from, 1]), ends: `${Math.round(100 * from)} to ${percent(1)}` }
}

const against = (coverage: Figure | null, nominal: number | null): string => {
  if (coverage === null || nominal === null || coverage.interval === null) return ''
  const [low, high] = coverage.interval
  if (high < nominal) return 'too low'
  return low > nominal ? 'higher' : 'agrees'
}

const share = (figure: Figure, scale: Scale, mark: number | null = null): Part => [
  html`<td class="n">${percent(figure.value)}${figure.interval ? html` <small>${intervalText(figure, 'share')}</small>` : null}</td>`,
  html`<td>${whisker(scale, figure.value, figure.interval, mark)}</td>`,
]

const worst = (classes: readonly ClassFigures[]): readonly ClassFigures[] => {
  if (classes.length <= MAX_CLASS_ROWS) return classes
  const kept = new Set([...classes].sort((a, b) => a.recall.value - b.recall.value).slice(0, MAX_CLASS_ROWS))
  return classes.filter((each) => kept.has(each))
}

const cut = (all: readonly ClassFigures[], shown: readonly ClassFigures[]): string =>
  shown.length < all.length ? `. The ${shown.length} classes recognised worst of ${counted(all.length)}; the others are in the JSON report` : ''

/** Labels in a set on average from which on a person asks why. */
const WIDE_SET = 1.5

const wide = (size: number): Markup | null =>
  size < WIDE_SET
    ? null
    : html`<p>Sets are wide because they must hold the truth even of the objects that are named wrongly: where more of them than may be missed are wrong with a score near 1, nearly every label must stay. With few objects two or three such ones are enough. Look at those named above as confidently wrong, and measure more objects.</p>`
