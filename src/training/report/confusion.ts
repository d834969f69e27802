import type { Report } from '../report.js'
import { html, type Markup } from './markup.js'
import { clipped, counted, many, percent } from './words.js'

/** Classes of a confusion matrix; of more, those with the most mistakes are shown. */
export const MAX_CONFUSED = 30
const MOST_FREQUENT = 3
const MAX_HEAD = 24

/** Who is taken for whom: a table shaded by the share of the true class; blue where right, orange where wrong. */
export const confusionTable = ({ model: { labels }, confusion }: Report): Markup | null => {
  if (confusion.length === 0) return null
  const shown = shownOf(confusion)
  const hidden = confusion.length - shown.length
  const name = (label: number) => labels[label] ?? `class ${label + 1}`
  return html`<section><h2>Who is taken for whom</h2>${frequentMistakes(confusion, name)}<p>Rows: what it is; columns: what the model says, whatever the gate says. The stronger the colour of a cell, the larger its share of the row; on the diagonal (blue) the answers are right, beside it (orange) they are wrong.</p>
<div class="wide"><table class="heat"><caption>Confusion matrix, in spectra${
    hidden > 0
      ? `: the ${shown.length} classes with the most mistakes; ${many(hidden, 'other class is', 'other classes are')} in the table below`
      : ''
  }</caption>
<thead><tr><td></td>${shown.map((label) => html`<th scope="col" title="${name(label)}"><span>${clipped(name(label), MAX_HEAD)}</span></th>`)}<th scope="col" class="sum"><span>spectra</span></th></tr></thead>
<tbody>${shown.map((truth) => {
    const row = confusion[truth] ?? []
    const total = totalOf(row)
    return html`<tr><th scope="row">${name(truth)}</th>${shown.map((answer) => cell(row[answer] ?? 0, total, truth === answer))}<td class="n sum">${counted(total)}</td></tr>`
  })}</tbody></table></div></section>`
}

const totalOf = (row: readonly number[]): number => row.reduce((sum, count) => sum + count, 0)

/** Share of a row from which the shade is so dark that figures turn white. */
const DEEP = 0.6

const cell = (count: number, total: number, right: boolean): Markup => {
  const share = total > 0 ? count / total : 0
  if (!(count > 0)) return html`<td class="none">·</td>`
  const shade = (0.15 + 0.85 * share).toFixed(2)
  const kind = `${right ? 'hit' : 'miss'}${share > DEEP ? ' deep' : ''}`
  return html`<td class="${kind}" style="--s:${shade}" title="${`${percent(share)} of the row`}">${counted(count)}</td>`
}

const shownOf = (confusion: readonly (readonly number[])[]): readonly number[] => {
  const all = confusion.map((_, label) => label)
  if (confusion.length <= MAX_CONFUSED) return all
  const mistakes = all.map((label) =>
    confusion.reduce((sum, row, truth) => sum + (truth === label ? totalOf(row) - (row[label] ?? 0) : (row[label] ?? 0)), 0),
  )
  return [...all]
    .sort((a, b) => (mistakes[b] ?? 0) - (mistakes[a] ?? 0) || a - b)
    .slice(0, MAX_CONFUSED)
    .sort((a, b) => a - b)
}

const frequentMistakes = (confusion: readonly (readonly number[])[], name: (label: number) => string): Markup => {
  const mistakes = confusion
    .flatMap((row, truth) => row.map((count, answer) => ({ truth, answer, count, share: count / totalOf(row) })))
    .filter(({ truth, answer, count }) => truth !== answer && count > 0)
    .sort((a, b) => b.share - a.share)
    .slice(0, MOST_FREQUENT)
  if (mistakes.length === 0) return html`<p>No judged spectrum was taken for another class.</p>`
  return html`<p>Most frequent mistakes: ${mistakes.map(
    ({ truth, answer, share }, i) => html`${i > 0 ? '; ' : ''}<q>${name(truth)}</q> named <q>${name(answer)}</q> in ${percent(share)} of its spectra`,
  )}.</p>`
}
