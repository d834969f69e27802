import type { Figure } from '../contract.js'
import type { Report } from '../report.js'
import { html, type Markup } from './markup.js'
import { point } from './plot.js'
import { amount, counted, figureText, intervalText, many, measuredIn, percent, rounded, withUnit } from './words.js'

/** What was made and whether it is good: one sentence with its interval, what stands behind it, and the next four figures. */
export const headline = (report: Report): Markup => {
  const { model, data, stoppedEarly } = report
  const figure = leading(report)
  return html`<header>
<p class="kicker">Training report · ${model.id} ${model.version}</p>
<h1>${model.title || model.id}</h1>
<p class="lead">${madeOf(report)}</p>
<div class="hero">${figure?.share ? hundred(figure.figure.value) : null}<div>
<p class="big">${figure ? figure.sentence : 'No figure could be computed.'}</p>
${figure ? html`<p class="small">${figure.basis} ${judgedOn(report)}</p>` : null}
${cautions(report).map((text) => html`<p class="caution"><strong>Caution.</strong> ${text}</p>`)}
${stoppedEarly ? html`<p class="caution"><strong>Stopped early.</strong> The search was ended on request; this is the best of what had been tried by then.</p>` : null}
</div></div>
${tiles(report, figure?.name ?? null)}
<p class="small">Learnt from ${data.title || data.name}: column <q>${data.target}</q>${data.group === null ? '' : html`, kept together by <q>${data.group}</q>`}.</p>
</header>`
}

const madeOf = ({ model, split }: Report): string => {
  const what = {
    class: `A model that tells ${many(model.labels.length, 'class', 'classes')} apart`,
    value: `A model that reads ${model.labels[0] ?? 'a value'}${model.unit ? ` in ${model.unit}` : ''}`,
    identity: `A model that tells whether a spectrum is ${model.labels[0] ?? 'the known material'} at all`,
  }[model.task]
  return `${what}: ${model.graph}, learnt from ${amount(split.train)}.`
}

interface Leading {
  readonly name: string
  readonly figure: Figure
  readonly share: boolean
  readonly sentence: string
  readonly basis: string
}

/** The one figure that people ask for first. */
const leading = (report: Report): Leading | null => {
  const { task, labels, unit } = report.model
  const names = { class: ['balanced-accuracy', 'accuracy'], value: ['rmsep', 'rmsecv'], identity: ['accepted-share'] }[task]
  const name = names.find((candidate) => report.figures[candidate] !== undefined)
  const figure = name === undefined ? undefined : report.figures[name]
  if (name === undefined || figure === undefined) return null
  const things = report.data.group === null ? 'new spectra' : 'new objects, each measured once,'
  if (task === 'value') {
    const interval = intervalText(figure, 'value')
    const sentence = `For a ${report.data.group === null ? 'new spectrum' : 'new object'} the answer is off by about ${withUnit(rounded(figure.value), unit)}${interval ? ` (${interval})` : ''}.`
    return { name, figure, share: false, sentence, basis: 'Root mean square error: roughly two errors of three are smaller.' }
  }
  const right = task === 'class' ? 'named rightly' : `recognised as ${labels[0] ?? 'the known material'}`
  const counted = name === 'balanced-accuracy' ? 'Every class counts alike, however many spectra it has.' : 'Every spectrum counts alike.'
  return { name, figure, share: true, sentence: inHundred(figure, things, right), basis: counted }
}

/** "Of 100 new objects about 97 are named rightly (93 to 99)": of 1000 where 100 would round to all. Ends of the interval are rounded outwards. */
const inHundred = ({ value, interval }: Figure, things: string, right: string): string => {
  const base = [100, 1000].find((size) => value === 1 || Math.round(size * value) < size) ?? 10_000
  const about = value === 1 ? 'all' : `about ${counted(Math.round(base * value))}`
  const ends = interval?.map((end, i) => counted(i === 0 ? Math.floor(base * end + 1e-9) : Math.ceil(base * end - 1e-9))).join(' to ')
  return `Of ${counted(base)} ${things} ${about} are ${right}${ends ? ` (${ends})` : ''}.`
}

const judgedOn = (report: Report): string => {
  const { split, figures, model } = report
  const interval = Object.values(figures).some((figure) => figure.interval !== null) ? ' In brackets: 95 % interval by a bootstrap over objects.' : ''
  const part = split.basis === 'test' && split.test ? split.test : split.train
  const how = split.basis === 'test' ? 'a part that was held back from all choices' : 'each answered by a model that had not seen it'
  const guess = model.task === 'class' ? ` Guessing would reach ${percent(1 / Math.max(1, model.labels.length))}.` : ''
  return `Judged on ${amount(part)}: ${how}.${interval}${guess}`
}

const cautions = (report: Report): readonly string[] => {
  const { model, figures, split } = report
  const named = figures['balanced-accuracy'] ?? figures['accuracy']
  const objects = split.basis === 'test' && split.test ? split.test.objects : split.train.objects
  const r2 = figures['r2']
  return [
    ...(model.task === 'class' && named && (named.interval?.[0] ?? named.value) <= 1 / model.labels.length
      ? ['The interval reaches down to what guessing would give: this model has not been shown to know anything.']
      : []),
    ...(model.task === 'class' && named?.value === 1 && objects > 0
      ? [
          `No mistake was seen, but only ${many(objects, 'object was', 'objects were')} judged: up to ${percent(Math.min(1, 3 / objects))} of mistakes would still fit with that (rule of three).`,
        ]
      : []),
    ...(model.task === 'value' && r2 && (r2.interval?.[0] ?? r2.value) <= 0
      ? ['Always answering the mean of the known values might do as well: this model has not been shown to know anything.']
      : []),
  ]
}

const TILES = 4
const tileOrder = [
  'accepted-share',
  'accepted-accuracy',
  'accepted-rmsep',
  'coverage',
  'interval-width',
  'set-size',
  'r2',
  'bias',
  'accuracy',
  'macro-f1',
]
const tileNames: Readonly<Record<string, string>> = {
  'accepted-share': 'get an answer (accepted)',
  'accepted-accuracy': 'of the accepted are right',
  'accepted-rmsep': 'error among the accepted',
  'interval-width': 'wide is the interval',
  'set-size': 'labels in a set, on average',
  r2: 'of the variance is explained (R²)',
  bias: 'bias: predicted minus true',
  accuracy: 'of spectra named rightly',
  'macro-f1': 'macro F1',
}

const tileName = (name: string, task: Report['model']['task']): string =>
  name === 'coverage' ? `of ${task === 'value' ? 'intervals' : 'sets'} hold the truth` : (tileNames[name] ?? name)

const tiles = ({ figures, model }: Report, leadingName: string | null): Markup => {
  const shown = tileOrder.filter((name) => name !== leadingName && figures[name] !== undefined).slice(0, TILES)
  return html`<ul class="tiles">${shown.map((name) => {
    const figure = figures[name]
    if (!figure) return null
    const measured = measuredIn(name, model.task)
    const interval = intervalText(figure, measured)
    return html`<li><b>${figureText(figure, measured, model.unit)}</b> <span>${tileName(name, model.task)}</span>${interval ? html` <small>${interval}</small>` : null}</li>`
  })}</ul>`
}

const SIDE = 10

/** A hundred squares, as many filled as the share says. */
const hundred = (share: number): Markup | null => {
  if (!Number.isFinite(share)) return null
  const filled = share < 1 ? Math.min(SIDE * SIDE - 1, Math.round(SIDE * SIDE * share)) : SIDE * SIDE
  const squares = Array.from({ length: SIDE * SIDE }, (_, i) => {
    const [column, row] = [i % SIDE, Math.floor(i / SIDE)]
    return html`<rect class="${i < filled ? 'right' : 'wrong'}" x="${point(column * 12 + 1)}" y="${point(row * 12 + 1)}" width="9.5" height="9.5" rx="2"/>`
  })
  return html`<svg class="hundred" viewBox="0 0 120 120" role="img"><title>${`${filled} of 100 squares are filled`}</title>${squares}</svg>`
}
