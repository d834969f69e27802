import type { Report } from '../report.js'
import { candidateTable, winnerText } from './candidates.js'
import { permutationStrip } from './chance.js'
import { confusionTable } from './confusion.js'
import { findingList, leftOutTable, outlierTable, refusedTable } from './findings.js'
import { headline } from './headline.js'
import { html, Markup } from './markup.js'
import { classTable, coverageTable } from './per-class.js'
import { scatter } from './predicted.js'
import { figureTable, sourceText, splitText, usage } from './provenance.js'
import { reliabilityCurve } from './reliability.js'
import { spectraPlots } from './spectra.js'
import { style } from './style.js'

/**
 * The report of a training as one HTML file that needs nothing else: no script, no font, no picture from elsewhere. Every text from the data
 * is escaped. What a page would not hold is cut at the limits named in the parts, and the page says how much that is.
 * @param bundle Name of the bundle file, as it stands in the instructions.
 */
export const reportHtml = (report: Report, bundle = `${report.model.id}.s2m`): string =>
  `<!doctype html>\n${
    html`<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<title>${report.model.title || report.model.id}: training report</title><style>${new Markup(style)}</style></head>
<body><main>
${headline(report)}
${findingList(report)}
${winnerText(report)}
${confusionTable(report)}
${classTable(report)}
<div class="pair">${scatter(report)}${reliabilityCurve(report)}${permutationStrip(report)}</div>
${coverageTable(report)}
${refusedTable(report)}
${outlierTable(report)}
${leftOutTable(report)}
${spectraPlots(report)}
${candidateTable(report)}
${splitText(report)}
${figureTable(report)}
${sourceText(report)}
${usage(report, bundle)}
</main></body></html>`.text
  }\n`
