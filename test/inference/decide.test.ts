import t from 'tap'
import { type ClassRule, decide, type Evidence, type ValueRule } from '../../src/inference/decide.js'

const clear = Float64Array.of(0.02, 0.95, 0.03)
const split = Float64Array.of(0.02, 0.55, 0.43)
const rule: ClassRule = { task: 'class', labels: ['under', 'within', 'over'], bounds: null, confidence: 0.9 }
const plain: Evidence = { policy: 'flag', flags: [], foreign: false, scores: clear, value: null }

/** Rule and evidence beside the plain ones, and what must come: verdict, reason, label, set. */
const table: readonly (readonly [string, Partial<Evidence & ClassRule>, string])[] = [
  ['one label stands', {}, 'accepted null within [within]'],
  ['two labels are needed', { scores: split }, 'unknown ambiguous null [within over]'],
  ['the top label is exactly at the confidence', { confidence: 0.95 }, 'accepted null within [within]'],
  ['the gate calls it foreign', { foreign: true }, 'unknown foreign null [within]'],
  ['foreign comes before ambiguous', { foreign: true, scores: split }, 'unknown foreign null [within over]'],
  ['a flag that informs', { flags: ['clock-unsynchronized', 'gate-weak', 'uncalibrated'] }, 'accepted null within [within]'],
  ['a flag that rejects', { flags: ['saturated'] }, 'rejected saturated null [within]'],
  ['a rejecting flag comes before foreign', { flags: ['setting-mismatch'], foreign: true }, 'rejected setting-mismatch null [within]'],
  ['of two rejecting flags the first of the table', { flags: ['masked', 'dark-missing'], scores: null }, 'rejected dark-missing null []'],
  ['an expired dark under policy flag', { flags: ['dark-expired'] }, 'accepted null within [within]'],
  ['an expired dark under policy refuse', { flags: ['dark-expired'], policy: 'refuse' }, 'rejected dark-expired null [within]'],
  ['an expired white under policy refuse', { flags: ['white-expired'], policy: 'refuse' }, 'rejected white-expired null [within]'],
  ['a shifted axis under policy flag', { flags: ['axis-shift'] }, 'accepted null within [within]'],
  ['a shifted axis under policy refuse', { flags: ['axis-shift'], policy: 'refuse' }, 'rejected axis-shift null [within]'],
  ['masked, nothing computed', { flags: ['masked'], scores: null }, 'rejected masked null []'],
  ['nothing computed and no flag tells why', { scores: null }, 'rejected degenerate null []'],
  ['nothing computed although the gate passed', { scores: null, flags: ['gate-weak'] }, 'rejected degenerate null []'],
  ['one label is within its bound', { bounds: Float64Array.of(0.9, 0.1, 0.9), confidence: null }, 'accepted null within [within]'],
  ['a label exactly at its bound stands', { bounds: Float64Array.of(0.9, 0.1, 1 - 0.03), confidence: null }, 'unknown ambiguous null [within over]'],
  [
    'the others from the highest score down',
    { bounds: Float64Array.of(0.99, 0.1, 0.99), confidence: null },
    'unknown ambiguous null [within over under]',
  ],
  ['a top label beyond its own bound still stands', { bounds: Float64Array.of(0, 0, 0), confidence: null }, 'accepted null within [within]'],
  [
    'the set has one label, which does not reach the confidence',
    { bounds: Float64Array.of(0, 0, 0), confidence: 0.96 },
    'unknown ambiguous null [within]',
  ],
  [
    'bounds come before the confidence',
    { bounds: Float64Array.of(0, 0.5, 0.6), scores: split, confidence: 0.5 },
    'unknown ambiguous null [within over]',
  ],
  ['neither bounds nor confidence: the top label', { scores: split, bounds: null, confidence: null }, 'accepted null within [within]'],
  [
    'foreign beside bounds keeps its set',
    { bounds: Float64Array.of(0, 0, 0.99), foreign: true, confidence: null },
    'unknown foreign null [within over]',
  ],
]

for (const [name, changes, want] of table)
  t.test(name, async (t) => {
    const answer = decide({ ...rule, ...changes }, { ...plain, ...changes })
    t.equal(`${answer.verdict} ${answer.reason} ${answer.label} [${answer.set.join(' ')}]`, want)
    const scores = changes.scores === undefined ? clear : changes.scores
    t.equal(answer.confidence, answer.verdict === 'accepted' ? scores?.[1] : null)
    t.strictSame(answer.scores, scores ? { under: scores[0], within: scores[1], over: scores[2] } : {})
    t.strictSame([answer.task, answer.value, answer.unit, answer.interval], ['class', null, null, null])
  })

t.test('a label keeps its score whatever it is called', async (t) => {
  const { scores } = decide({ ...rule, labels: ['__proto__', 'constructor', 'x'] }, plain)
  t.strictSame(Object.entries(scores), [
    ['__proto__', 0.02],
    ['constructor', 0.95],
    ['x', 0.03],
  ])
})

const assay: ValueRule = { task: 'value', name: 'assay', unit: 'mg', halfWidth: 4, limits: [190, 210] }
/** Rule and evidence of a value, and what must come: verdict, reason, value, interval. */
const values: readonly (readonly [string, Partial<Evidence & ValueRule>, string])[] = [
  ['the interval lies between the limits', {}, 'accepted null 200 196..204'],
  ['the interval lies beyond a limit', { value: 220 }, 'accepted null 220 216..224'],
  ['the interval crosses the lower limit', { value: 192 }, 'unknown ambiguous null 188..196'],
  ['the interval crosses the upper limit', { value: 211 }, 'unknown ambiguous null 207..215'],
  ['the interval touches a limit', { value: 206 }, 'unknown ambiguous null 202..210'],
  ['the interval just misses a limit', { value: 205.99 }, 'accepted null 205.99 201.99..209.99'],
  ['without limits nothing is ambiguous', { value: 192, limits: null }, 'accepted null 192 188..196'],
  ['no interval: the value itself is held against the limits', { halfWidth: null, value: 192 }, 'accepted null 192 none'],
  ['no interval, the value on a limit', { halfWidth: null, value: 210 }, 'unknown ambiguous null none'],
  ['extrapolated: the value stands, without an interval', { flags: ['extrapolated'] }, 'accepted null 200 none'],
  ['foreign: neither value nor interval', { foreign: true }, 'unknown foreign null none'],
  ['rejected: neither value nor interval', { flags: ['saturated'] }, 'rejected saturated null none'],
]
for (const [name, changes, want] of values)
  t.test(`a value, ${name}`, async (t) => {
    const evidence = { ...plain, scores: null, value: 200, ...changes }
    const { verdict, reason, value, interval, ...rest } = decide({ ...assay, ...changes }, evidence)
    const ends = interval?.map((end) => Number(end.toFixed(6))).join('..') ?? 'none'
    t.equal(`${verdict} ${reason} ${value} ${ends}`, want)
    t.strictSame(rest, { task: 'value', label: null, confidence: null, set: [], scores: { assay: evidence.value }, unit: 'mg' })
  })

t.test('a value that was not computed is degenerate', async (t) => {
  t.match(decide(assay, { ...plain, scores: null }), { verdict: 'rejected', reason: 'degenerate', value: null, scores: {}, unit: 'mg' })
})

t.test('an identity is what the gate lets pass', async (t) => {
  const identity = { task: 'identity', label: 'lactose' } as const
  const one = { ...plain, scores: Float64Array.of(1) }
  t.match(decide(identity, one), { verdict: 'accepted', task: 'class', label: 'lactose', confidence: null, set: ['lactose'], scores: { lactose: 1 } })
  t.match(decide(identity, { ...one, foreign: true }), { verdict: 'unknown', reason: 'foreign', label: null, set: ['lactose'] })
  t.match(decide(identity, { ...one, scores: null, flags: ['masked'] }), { verdict: 'rejected', reason: 'masked', label: null, set: [] })
})
