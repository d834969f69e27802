import type { Finding } from '../contract.js'
import { MAX_LISTED, type Report } from '../report.js'
import { html, type Markup } from './markup.js'
import { counted, many, percent } from './words.js'

/** Findings that one page shows. */
export const MAX_FINDINGS = 60

/** What a person should know before trusting the model, the most serious first. */
export const findingList = ({ findings }: Report): Markup =>
  findings.length === 0
    ? html`<section><h2>What to know first</h2><p>None of the checks on the data and the split found anything to warn of.</p></section>`
    : html`<section class="findings"><h2>What to know first</h2><ol>${findings
        .slice(0, MAX_FINDINGS)
        .map(
          (finding) => html`<li><strong>Warning.</strong> ${finding.text}${named(finding)} <code>${finding.code}</code></li>`,
        )}</ol>${findings.length > MAX_FINDINGS ? html`<p>${counted(findings.length - MAX_FINDINGS)} more are in the JSON report.</p>` : null}</section>`

const named = ({ ids, count }: Finding): Markup | null => (ids.length === 0 ? null : html` <span class="ids">${idList(ids, count)}</span>`)

/** The first ids in words, and how many more there are. */
export const idList = (ids: readonly string[], count: number): string => {
  const shown = ids.slice(0, MAX_LISTED)
  const more = Math.max(count, ids.length) - shown.length
  return `${shown.join(', ')}${more > 0 ? ` and ${counted(more)} more` : ''}`
}

const reasons: readonly (readonly [key: keyof Report['leftOut'], name: string, why: string])[] = [
  ['unlabelled', 'Without a label', 'the target column is empty or holds no value'],
  ['unknown', 'Label “unknown”', 'never trained on'],
  ['rare', 'Class too rare', 'fewer spectra than the least number asked for'],
  ['unfit', 'Unfit spectrum', 'missing values where the chain needs one, or flat'],
  ['dropped', 'Dropped on request', 'named by --drop'],
]

/** What took no part in the training, and why. */
export const leftOutTable = ({ leftOut }: Report): Markup => {
  const rows = reasons.filter(([key]) => leftOut[key].count > 0)
  if (rows.length === 0) return html`<section><h2>Left out of the training</h2><p>Nothing: every spectrum of the data took part.</p></section>`
  return html`<section><h2>Left out of the training</h2><div class="wide"><table><caption>Spectra that took no part, by reason</caption>
<thead><tr><th scope="col">Reason</th><th scope="col" class="n">Spectra</th><th scope="col">Which</th></tr></thead>
<tbody>${rows.map(
    ([key, name, why]) =>
      html`<tr><th scope="row">${name}<br><small>${why}</small></th><td class="n">${counted(leftOut[key].count)}</td><td class="ids">${idList(leftOut[key].ids, leftOut[key].count)}</td></tr>`,
  )}</tbody></table></div></section>`
}

/** Outliers that one page names. */
export const MAX_OUTLIERS = 100

/** Spectra that stand out. They were trained on: only a person can say whether they are wrong. */
export const outlierTable = ({ outliers }: Report): Markup => {
  if (outliers.length === 0)
    return html`<section><h2>Outliers</h2><p>No spectrum stands out by more than four robust standard deviations.</p></section>`
  const more = outliers.length - MAX_OUTLIERS
  return html`<section><h2>Outliers</h2><p>${many(outliers.length, 'spectrum stands', 'spectra stand')} out. Nothing was done about that: look at them, and leave out by <code>--drop ID,ID</code> what was measured or labelled wrongly.</p>
<div class="wide"><table><caption>Spectra that stand out${more > 0 ? `: the first ${MAX_OUTLIERS}; ${counted(more)} more are in the JSON report` : ''}</caption>
<thead><tr><th scope="col">Spectrum</th><th scope="col">Reason</th></tr></thead>
<tbody>${outliers.slice(0, MAX_OUTLIERS).map(({ id, reason }) => html`<tr><th scope="row">${id}</th><td>${reason}</td></tr>`)}</tbody></table></div></section>`
}

/** What got no answer, and the test that decides it. */
export const refusedTable = (report: Report): Markup => {
  const { gate, refused, figures } = report
  const share = figures['accepted-share']
  return html`<section><h2>What was refused, and why</h2>${share ? html`<p>${percent(share.value)} of the judged spectra were accepted${share.value < 1 ? '; the others got no answer on purpose' : ''}.</p>` : null}${
    gate
      ? html`<p>The gate refuses what is unlike the known objects: it looks at ${many(gate.components, 'principal component', 'principal components')}, at what they leave over${
          gate.scalars.length > 0 ? `, and at ${gate.scalars.join(', ')}` : ''
        }. It was set on ${many(gate.objects, 'object', 'objects')} to refuse about ${percent(gate.alpha)} of known ones, and accepted ${percent(gate.accepted)} of them when it had not seen them.</p>`
      : html`<p>This model has no gate: it answers whatever is put before it.</p>`
  }${
    refused.length === 0
      ? html`<p>No judged spectrum is listed as refused.</p>`
      : html`<div class="wide"><table><caption>Judged spectra without an answer${refused.length >= MAX_LISTED ? `: the first ${counted(Math.min(refused.length, MAX_LISTED))}` : ''}</caption>
<thead><tr><th scope="col">Spectrum</th><th scope="col">Reason</th><th scope="col">Why</th></tr></thead>
<tbody>${refused.slice(0, MAX_LISTED).map(({ id, reason, why }) => html`<tr><th scope="row">${id}</th><td>${reason}</td><td>${why}</td></tr>`)}</tbody></table></div>`
  }</section>`
}
