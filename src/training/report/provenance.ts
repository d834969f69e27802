import { explained, type Report } from '../report.js'
import { html, type Markup, type Part } from './markup.js'
import { amount, axisName, counted, figureText, intervalText, many, measuredIn, nameList, percent, rounded } from './words.js'

/** Every figure that was computed, by name, with what it means. */
export const figureTable = ({ figures, model }: Report): Markup =>
  html`<section><h2>All figures</h2><div class="wide"><table><caption>By the names that stand in the bundle and in <code>train --json</code></caption>
<thead><tr><th scope="col">Figure</th><th scope="col" class="n">Value</th><th scope="col" class="n">95 % interval</th><th scope="col">Meaning</th></tr></thead>
<tbody>${Object.entries(figures).map(([name, figure]) => {
    const measured = measuredIn(name, model.task)
    return html`<tr><th scope="row">${name}</th><td class="n">${figureText(figure, measured, model.unit)}</td><td class="n">${intervalText(figure, measured) || '–'}</td><td>${explained[name] ?? ''}</td></tr>`
  })}</tbody></table></div></section>`

/** How it was judged. */
export const splitText = ({ split, data }: Report): Markup =>
  html`<section><h2>How it was judged</h2><p>${split.text}</p><dl>
${fact('Figures are about', split.basis === 'test' ? 'a part that was held back from all choices' : 'answers out of fold: each spectrum was answered by a model that had not seen it')}
${fact('Cross-validation', `${many(split.repeats, 'repeat', 'repeats')} of ${many(split.folds, 'fold', 'folds')}`)}
${fact('Kept together', data.group === null ? 'nothing: each spectrum stands alone' : html`spectra with the same word in <q>${data.group}</q>`)}
${fact('Training part', amount(split.train))}
${fact('Test part', split.test ? amount(split.test) : 'none was held back')}
${fact('Seed', split.seed)}
</dl></section>`

/** The data and their licence, and what the model expects. */
export const sourceText = ({ data, model }: Report): Markup =>
  html`<section><h2>Data and model</h2><dl>
${fact('Data', `${data.title || data.name} (${data.name})`)}
${fact('Cite as', data.citation || 'no citation is given with the data')}
${fact('Licence of the data', data.licence || 'none is given with the data')}
${fact('SHA-256 of the data', html`<code>${data.sha256}</code>`)}
${fact('Axis of the data', `${rounded(data.axisFrom)} to ${rounded(data.axisTo)} (${axisName(data.axisUnit)}), ${many(data.channels, 'channel', 'channels')}, ${data.quantity}`)}
${fact('The agent measures', `${model.quantity}, ${model.geometry}`)}
${fact('Graph', `${model.graph}, ${many(model.inputs, 'input', 'inputs')}, ${counted(model.graphBytes)} bytes`)}
${fact(model.task === 'value' ? 'Answer' : 'Labels', `${nameList(model.labels)}${model.unit ? ` in ${model.unit}` : ''}`)}
</dl></section>`

const fact = (name: string, said: Part): Markup => html`<div><dt>${name}</dt><dd>${said}</dd></div>`

/** How to use the bundle. */
export const usage = ({ data, nominal }: Report, bundle: string): Markup =>
  html`<section><h2>Use it</h2><p>Try it on further spectra with known answers:</p>
<pre><code>spectro2mqtt evaluate --model ${bundle} --data DIR --target ${data.target}</code></pre>
<p>Let an agent answer with it: put the bundle beside the configuration file and name it there.</p>
<pre><code>models:
  default:
    bundle: ${bundle}</code></pre>
<p>An answer is <q>accepted</q> where the gate passes and exactly one answer stands${nominal === null ? '' : ` at ${percent(nominal)}`}; otherwise the agent says <q>unknown</q> or <q>rejected</q> and why.</p></section>`
