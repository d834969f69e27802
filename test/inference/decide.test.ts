import t from 'tap'
import { decide, type Evidence } from '../../src/inference/decide.js'

const clear = Float64Array.of(0.02, 0.95, 0.03)
const split = Float64Array.of(0.02, 0.55, 0.43)
const plain: Evidence = { labels: ['under', 'within', 'over'], confidence: 0.9, policy: 'flag', flags: [], foreign: false, scores: clear }

/** Evidence beside the plain one, and what must come: verdict, reason, label, set. */
const table: readonly (readonly [string, Partial<Evidence>, string])[] = [
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
  ['masked, nothing computed', { flags: ['masked'], scores: null }, 'rejected masked null []'],
  ['nothing computed and no flag tells why', { scores: null }, 'rejected degenerate null []'],
  ['nothing computed although the gate passed', { scores: null, flags: ['gate-weak'] }, 'rejected degenerate null []'],
]

for (const [name, changes, want] of table)
  t.test(name, async (t) => {
    const answer = decide({ ...plain, ...changes })
    t.equal(`${answer.verdict} ${answer.reason} ${answer.label} [${answer.set.join(' ')}]`, want)
    t.equal(answer.confidence, answer.verdict === 'accepted' ? 0.95 : null)
    const scores = changes.scores === undefined ? clear : changes.scores
    t.strictSame(answer.scores, scores ? { under: scores[0], within: scores[1], over: scores[2] } : {})
    t.strictSame([answer.task, answer.value, answer.unit, answer.interval], ['class', null, null, null])
  })

t.test('a label keeps its score whatever it is called', async (t) => {
  const { scores } = decide({ ...plain, labels: ['__proto__', 'constructor', 'x'] })
  t.strictSame(Object.entries(scores), [
    ['__proto__', 0.02],
    ['constructor', 0.95],
    ['x', 0.03],
  ])
})
