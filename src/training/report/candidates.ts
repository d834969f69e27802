import type { CandidateFigure } from '../contract.js'
import type { Report } from '../report.js'
import { html, type Markup } from './markup.js'
import { extent, type Scale, whisker, whiskerScale } from './plot.js'
import { counted, familyName, percent, rounded, withUnit } from './words.js'

/** Candidates that one page shows, beside the winner. */
export const MAX_CANDIDATES = 40

/** Which model won, in sentences, and by how much against the other kinds. */
export const winnerText = (report: Report): Markup => {
  const { winner } = report
  const rows = winner.margins
  return html`<section><h2>Which model won</h2><p>${winner.text}</p>
<p>Winner: <strong>${familyName(winner.family)}</strong> (${winner.setting}) behind the chain <q>${winner.chain}</q>.</p>${
    rows.length === 0
      ? null
      : html`<div class="wide"><table><caption>The winner against the best of every other kind of model, by ${scoreName(report)}: both on the same folds</caption>
<thead><tr><th scope="col">Kind of model</th><th scope="col" class="n">Its best</th><th scope="col" class="n">The winner there</th><th scope="col">The winner is</th></tr></thead>
<tbody>${rows.map(
          ({ family, score, winner: own, margin }) =>
            html`<tr><th scope="row">${familyName(family)}</th><td class="n">${scoreText(score, report)}</td><td class="n">${scoreText(own, report)}</td><td>${marginText(margin, report)}</td></tr>`,
        )}</tbody></table></div>`
  }</section>`
}

const isValue = ({ model }: Report): boolean => model.task === 'value'
const scoreName = (report: Report): string => (isValue(report) ? 'root mean square error (lower is better)' : 'balanced accuracy')
const scoreText = (score: number, report: Report): string => (isValue(report) ? withUnit(rounded(score), report.model.unit) : percent(score))

const marginText = (margin: number, report: Report): string => {
  if (!Number.isFinite(margin)) return '–'
  if (margin === 0) return 'level'
  const size = Math.abs(margin)
  const by = isValue(report) ? withUnit(rounded(size), report.model.unit) : `${rounded(Number((100 * size).toFixed(2)))} points`
  return margin > 0 ? `better by ${by}` : `worse by ${by}`
}

/** Everything that was tried, the best first, with the spread over the repeats. */
export const candidateTable = (report: Report): Markup => {
  const { candidates } = report
  if (candidates.length === 0) return html`<section><h2>What was tried</h2><p>One model only: nothing was compared.</p></section>`
  const shown = shownOf(candidates)
  const more = candidates.length - shown.length
  const scale = whiskerScale(extent(shown.flatMap(({ candidate: { score, spread } }) => [score - spread, score + spread])))
  return html`<section><h2>What was tried</h2><div class="wide"><table><caption>${counted(candidates.length)} candidates by ${scoreName(report)}, mean ± standard deviation over the repeats of the cross-validation${
    more > 0 ? `; ${counted(more)} more are in the JSON report` : ''
  }</caption>
<thead><tr><th scope="col" class="n">Place</th><th scope="col">Chain</th><th scope="col">Model</th><th scope="col">Setting</th><th scope="col" class="n">Score</th><th scope="col" class="n">Repeats</th><th scope="col">Drawn</th><th scope="col">Note</th></tr></thead>
<tbody>${shown.map(({ candidate, place }) => row(candidate, place, scale, report))}</tbody></table></div></section>`
}

interface Placed {
  readonly candidate: CandidateFigure
  readonly place: number
}

/** The best, and the winner wherever it stands. */
const shownOf = (candidates: readonly CandidateFigure[]): readonly Placed[] =>
  candidates.map((candidate, i) => ({ candidate, place: i + 1 })).filter(({ candidate, place }) => place <= MAX_CANDIDATES || candidate.won)

const row = (candidate: CandidateFigure, place: number, scale: Scale, report: Report): Markup => {
  const { chain, family, setting, score, spread, repeats, tied, won } = candidate
  const deviation = isValue(report) ? rounded(spread) : rounded(Number((100 * spread).toFixed(2)))
  const note = won
    ? place === 1
      ? 'won'
      : 'won: level with the best and simpler, or asked for'
    : tied
      ? 'level with the best (within 2\u00a0%)'
      : ''
  return html`<tr class="${won ? 'won' : ''}"><td class="n">${counted(place)}</td><th scope="row">${chain}</th><td>${familyName(family)}</td><td>${setting}</td><td class="n">${scoreText(score, report)}${
    repeats > 1 ? html` <small>± ${deviation}</small>` : null
  }</td><td class="n">${counted(repeats)}</td><td>${whisker(scale, score, repeats > 1 ? [score - spread, score + spread] : null)}</td><td>${note}</td></tr>`
}
