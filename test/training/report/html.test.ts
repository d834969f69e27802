import t from 'tap'
import { MAX_CANDIDATES } from '../../../src/training/report/candidates.js'
import { MAX_CONFUSED } from '../../../src/training/report/confusion.js'
import { MAX_FINDINGS, MAX_OUTLIERS } from '../../../src/training/report/findings.js'
import { reportHtml } from '../../../src/training/report/html.js'
import { MAX_SCATTERED } from '../../../src/training/report/predicted.js'
import { MAX_DRAWN_CLASSES } from '../../../src/training/report/spectra.js'
import { explained, type Report } from '../../../src/training/report.js'
import { classReport, valueReport } from './made-up-report.js'

/** Bytes that no report may exceed, whatever the data: it must pass as an attachment. */
const MAX_PAGE_BYTES = 1_000_000

/** What a reader sees: no style sheet, no tags, entities as signs. */
const seen = (page: string): string =>
  page
    .replace(/<style>.*?<\/style>/s, '')
    .replace(/<\/?(?:q|b|strong|small|code|span)\b[^>]*>/g, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&#39;/g, "'")
    .replace(/&amp;/g, '&')
    .replace(/\s+/g, ' ')

/** Names of elements that were opened and not closed in order. */
const unbalanced = (page: string): readonly string[] => {
  const open: string[] = []
  const wrong: string[] = []
  for (const [, closes, name = '', alone] of page.matchAll(/<(\/?)([a-z][a-z0-9]*)\b[^>]*?(\/?)>/gi)) {
    if (['meta', 'br', 'doctype'].includes(name) || alone) continue
    if (!closes) open.push(name)
    else if (open.pop() !== name) wrong.push(name)
  }
  return [...wrong, ...open]
}

const count = (text: string, part: string | RegExp): number => text.split(part).length - 1

t.test('the first sentence gives the share rightly named of a hundred, with its interval rounded outwards', async (t) => {
  const page = seen(reportHtml(classReport()))
  t.match(page, 'Of 100 new objects, each measured once, about 95 are named rightly (92 to 98).')
  t.match(page, 'Guessing would reach 14.3 %')
})

t.test('a share that would round to all is given of a thousand, and no mistake at all is not called certainty', async (t) => {
  const report = classReport()
  const almost = { ...report, figures: { 'balanced-accuracy': { value: 0.9962, interval: [0.9911, 0.9999] as const } } }
  t.match(seen(reportHtml(almost)), 'Of 1,000 new objects, each measured once, about 996 are named rightly (991 to 1,000).')
  const perfect = { ...report, figures: { 'balanced-accuracy': { value: 1, interval: [1, 1] as const } } }
  t.match(seen(reportHtml(perfect)), 'only 131 objects were judged: up to 2.3 % of mistakes would still fit')
})

t.test('a model whose interval reaches down to guessing is not shown as a good one', async (t) => {
  const report = classReport()
  const poor = { ...report, figures: { 'balanced-accuracy': { value: 0.2, interval: [0.13, 0.27] as const } } }
  t.match(seen(reportHtml(poor)), 'this model has not been shown to know anything')
  t.notMatch(seen(reportHtml(report)), 'this model has not been shown to know anything')
  const mean = { ...valueReport(), figures: { rmsep: { value: 9, interval: null }, r2: { value: 0.1, interval: [-0.1, 0.3] as const } } }
  t.match(seen(reportHtml(mean)), 'Always answering the mean')
})

t.test('a value is told with its unit, its interval and how many intervals hold the truth', async (t) => {
  const report = valueReport()
  const page = seen(reportHtml(report))
  t.match(page, 'For a new spectrum the answer is off by about 3.34 mg (2.99 to 3.69).')
  const held = report.predicted.filter(({ truth, low, high }) => (low ?? 0) <= truth && truth <= (high ?? 0)).length
  t.match(page, `${held} of 155 hold the truth`)
  t.equal(count(reportHtml(report), '<g class="outside">'), 155 - held, 'the others are diamonds')
})

for (const [name, report] of [
  ['classes', classReport()],
  ['a value', valueReport()],
] as const)
  t.test(`every figure, interval, candidate, finding and id of a report on ${name} appears`, async (t) => {
    const page = seen(reportHtml(report))
    for (const figure of Object.keys(report.figures)) {
      t.match(page, ` ${figure} `, figure)
      t.match(page, explained[figure], figure)
    }
    for (const { text, ids } of report.findings) for (const said of [text, ...ids]) t.match(page, said)
    for (const { chain, setting } of report.candidates) t.match(page, `${chain} `, setting)
    for (const { id, reason } of report.outliers) t.match(page, `${id} ${reason}`)
    for (const { id, why } of report.refused) t.ok(page.includes(id) && page.includes(why), id)
    for (const said of [report.winner.text, report.split.text, report.data.citation, report.data.licence, report.data.sha256, ...report.model.chain])
      t.match(page, said)
    t.match(page, 'Label “unknown” never trained on 31')
    t.match(page, 'u-19 and 11 more', 'more than are listed are counted')
    t.match(page, 'None of 20 did as well or better (p = 0.0476, the true labels counted')
  })

t.test('each class has its shares with intervals, and its coverage against what is meant', async (t) => {
  const page = seen(reportHtml(classReport()))
  t.match(page, 'ABS 19 75 98 % 93 to 100 %')
  t.match(page, 'PVC 85 % 77 to 93 % too low 1.38')
  t.match(page, 'PET 95 % 91 to 99 % agrees 1.2 ')
  t.match(page, 'meant are 95 %')
})

t.test('the winner stands against each other kind of model, better or worse', async (t) => {
  const page = seen(reportHtml(classReport()))
  t.match(page, 'convolutional network 91.3 % 95.1 % better by 3.8 points')
  t.match(page, 'PLS 95.5 % 95.1 % worse by 0.4 points')
  t.match(seen(reportHtml(valueReport())), 'Ridge 3.62 mg 3.41 mg better by 0.21 mg')
})

t.test('what stands in the instructions is the bundle that was written', async (t) => {
  const page = seen(reportHtml(classReport(), 'polymers.s2m'))
  t.match(page, 'spectro2mqtt evaluate --model polymers.s2m --data DIR --target polymer')
  t.match(page, 'bundle: polymers.s2m')
})

/** The report with every text replaced; numbers stay. */
const withTexts = <T>(value: T, text: (old: string) => string): T =>
  JSON.parse(JSON.stringify(value), (key, part: unknown) => {
    const fixed = ['task', 'basis', 'schema', 'family'].includes(key)
    return typeof part === 'string' && !fixed ? text(part) : part
  })

t.test('no text of the data becomes markup, wherever it stands', async (t) => {
  const evil = `"'><script>alert(1)</script><img src=x onerror=alert(2)>&amp;`
  for (const report of [classReport(), classReport(['a', 'b']), valueReport()]) {
    const page = reportHtml(
      withTexts(report, (old) => `${evil}${old}`),
      `${evil}.s2m`,
    )
    t.notMatch(page, /<script|<img/i)
    t.notMatch(page, /(?:="[^"]*)<(?:script|img)/)
    t.same(unbalanced(page), [])
    t.equal(count(page, '<'), count(page.replace(/"[^"]*"/g, '""'), /<(?=[/!a-z])/i), 'each < opens a tag')
    t.ok(seen(page).includes(evil), 'it shows as text')
  }
})

t.test('a label cannot turn the direction of what follows', async (t) => {
  t.notMatch(reportHtml(classReport(['PET\u202e', 'b\u0000c'])), /[\u202e\0]/)
})

/** The report with every number put out: NaN, and null as JSON writes it. */
const hollow = (report: Report, number: number | null): Report =>
  JSON.parse(JSON.stringify(report), (_, part: unknown) => (typeof part === 'number' ? number : part))

/** The report with every list empty that may be. */
const bare = (report: Report): Report => ({
  ...report,
  ...{ findings: [], outliers: [], candidates: [], figures: {}, perClass: [], confusion: [], predicted: [], reliability: [], refused: [] },
  ...{ permutation: null, gate: null, nominal: null },
  winner: { ...report.winner, margins: [] },
  model: { ...report.model, labels: [], chain: [], title: '' },
  spectra: { before: { ...report.spectra.before, axis: [], classes: [] }, after: { ...report.spectra.after, axis: [1], classes: [] } },
})

t.test('what is not known is a dash: never NaN, Infinity, undefined or null', async (t) => {
  const identity = { ...classReport(['PE']), figures: { 'accepted-share': { value: 0.98, interval: null } } }
  const reports = [classReport(), valueReport(), { ...identity, model: { ...identity.model, task: 'identity' as const } }]
  for (const report of reports)
    for (const variant of [report, hollow(report, Number.NaN), hollow(report, null), bare(report)]) {
      const page = reportHtml(variant)
      t.notMatch(page, /NaN|Infinity|undefined|\bnull\b|\[object/)
      t.same(unbalanced(page), [])
    }
})

t.test('the page needs nothing from elsewhere and runs no script', async (t) => {
  const page = reportHtml(classReport())
  t.notMatch(page, /<script|<link|<iframe|@import|url\(|https?:|\ssrc=|\son[a-z]+=/i)
  for (const [, target] of page.matchAll(/\shref="([^"]*)"/g)) t.match(target, /^#(?:before|after)-\d+$/)
  for (const [, target = ''] of page.matchAll(/href="#([^"]*)"/g)) t.match(page, `id="${target}"`)
})

t.test('those who do not see the pictures are told: each drawing has a title or its words beside it, each table a caption', async (t) => {
  for (const page of [reportHtml(classReport()), reportHtml(valueReport())]) {
    for (const [drawing] of page.matchAll(/<svg [^>]*>(?:<title>[^<]+)?/g))
      t.ok(drawing.includes('role="img"') ? /<title>[^<]+/.test(drawing) : drawing.includes('aria-hidden="true"'), drawing.slice(0, 90))
    t.equal(count(page, '<table'), count(page, '<caption>'))
    t.notMatch(page, /<th(?![^>]*scope=)(?!ead)/)
    t.match(page, /prefers-color-scheme:dark/)
    t.match(page, /@media print/)
  }
})

t.test('a large report stays a file that can be mailed, and says what it leaves out', async (t) => {
  const labels = Array.from({ length: 120 }, (_, i) => `class number ${i}`)
  const report = classReport(labels)
  const large: Report = {
    ...report,
    candidates: Array.from({ length: 300 }, (_, i) =>
      report.candidates.slice(0, 1).map((each) => ({ ...each, won: i === 200, chain: `chain ${i}` })),
    ).flat(),
    predicted: valueReport(20_000).predicted,
    findings: Array.from({ length: 100 }, (_, i) => ({ code: 'made-up', text: `finding ${i}`, ids: [], count: 1 })),
    outliers: Array.from({ length: 900 }, (_, i) => ({ id: `o-${i}`, reason: 'large residual' })),
  }
  const page = reportHtml(large)
  t.ok(page.length < MAX_PAGE_BYTES, `${page.length} signs`)
  t.equal(count(page, /<g class="(?:in|out)side">/), MAX_SCATTERED)
  t.match(page, '20,000 judged spectra, of which 1,500 are drawn')
  t.equal(count(page, '<li><strong>Warning.'), MAX_FINDINGS)
  t.match(page, '40 more are in the JSON report')
  t.equal(count(page, 'large residual'), MAX_OUTLIERS)
  t.match(page, '800 more are in the JSON report')
  t.equal(count(page, /<th scope="row">chain \d/), MAX_CANDIDATES + 1, 'the best, and the winner')
  t.match(page, 'chain 200')
  t.equal(count(page, '<th scope="col" title='), MAX_CONFUSED)
  t.match(page, '90 other classes are in the table below')
  t.equal(count(page, '<svg class="plot small"'), 2 * MAX_DRAWN_CLASSES)
  t.match(page, 'Not drawn: class number 10, class number 11')
})

t.test('the check for chance counts the shuffled scores that are as good, and names the model that it was of', async (t) => {
  const report = classReport()
  t.ok(report.permutation)
  if (!report.permutation) return
  const shuffled = [...report.permutation.shuffled.slice(1), 0.99]
  const page = seen(reportHtml({ ...report, permutation: { ...report.permutation, shuffled, p: 2 / 21 } }))
  t.match(page, /the winning recipe \(PLS behind .*\) taught with the labels shuffled between objects\. 1 of 20 did as well/)
  t.match(
    seen(reportHtml({ ...report, winner: { ...report.winner, family: 'cnn' } })),
    /the best other model \(PLS behind .*, not the network: many networks would take hours\) taught/,
  )
})

t.test('wide prediction sets are explained, narrow ones need no words', async (t) => {
  const report = classReport()
  t.notMatch(seen(reportHtml(report)), /Sets are wide because/)
  const figures = { ...report.figures, 'set-size': { value: 3.5, interval: null } }
  t.match(seen(reportHtml({ ...report, figures })), /Sets are wide because/)
})
