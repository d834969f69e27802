import t from 'tap'
import { type ClassRule, decide } from '../../src/inference/decide.js'
import { createScans, type Pooled, type ScanRule } from '../../src/inference/scans.js'

const rule: ClassRule = { task: 'class', labels: ['a', 'b', 'c'], bounds: null, confidence: 0.8 }
const evidence = { policy: 'flag', flags: [], foreign: false } as const
const judge = (pooled: Pooled) => decide(rule, { ...evidence, ...pooled })
const scan = (...scores: number[]) => {
  const pooled = { scores: Float64Array.from(scores), value: null }
  return { ...pooled, answer: judge(pooled) }
}
const A = scan(0.9, 0.05, 0.05)
const B = scan(0.05, 0.9, 0.05)
const unsure = scan(0.5, 0.4, 0.1)

/** What comes of the scans, one after the other: the label, or the set in brackets where none stands. `-` stands for a foreign scan. */
const story = (given: ScanRule, scans: readonly (ReturnType<typeof scan> | '-')[]): string => {
  const window = createScans(given)
  return scans
    .map((one) => {
      if (one === '-') {
        window.reset()
        return '-'
      }
      const { verdict, reason, label, set, confidence } = window.add(one, judge)
      t.equal(verdict, label === null ? 'unknown' : 'accepted')
      t.equal(reason, label === null ? 'ambiguous' : null)
      t.equal(confidence === null, label === null)
      return label ?? `[${set.join(' ')}]`
    })
    .join(' ')
}

t.test('there is no answer before the window is full, and none again after a foreign scan', async (t) => {
  for (const method of ['mean', 'vote'] as const)
    t.equal(story({ method, scans: 3, hysteresis: 0 }, [A, A, A, A, '-', A, A, A]), '[a] [a] a a - [a] [a] a', method)
  t.equal(story({ method: 'mean', scans: 1, hysteresis: 0 }, [A, unsure, B]), 'a [a b] b', 'a window of one is the scan itself')
})

t.test('the mean is that of the logarithms of the scores, made to sum to one', async (t) => {
  const window = createScans({ method: 'mean', scans: 2, hysteresis: 0 })
  window.add(scan(0.8, 0.1, 0.1), judge)
  const { scores } = window.add(scan(0.2, 0.4, 0.4), judge)
  const [x, y] = [Math.sqrt(0.8 * 0.2), Math.sqrt(0.1 * 0.4)]
  t.ok(Math.abs((scores['a'] ?? 0) - x / (x + 2 * y)) < 1e-12)
  t.ok(Math.abs((scores['b'] ?? 0) - y / (x + 2 * y)) < 1e-12)
  const third = window.add(scan(1, 0, 0), judge)
  t.ok(Object.values(third.scores).every(Number.isFinite), 'a score of 0 is no veto without end')
  const after = window.add(scan(1, 0, 0), judge)
  t.ok((after.scores['a'] ?? 0) > 0.999999, 'and the first scans have left the window')
})

t.test('several unsure scans that agree make a sure mean no surer than they are, and one outlier does not win', async (t) => {
  t.equal(story({ method: 'mean', scans: 3, hysteresis: 0 }, [unsure, unsure, unsure]), '[a b] [a b] [a b]')
  t.equal(story({ method: 'mean', scans: 3, hysteresis: 0 }, [A, A, B]), '[a] [a] [a b]', 'the confidence of 0.8 is not reached')
})

t.test('a vote needs more than half of the window, and a scan without an answer abstains', async (t) => {
  const vote = { method: 'vote', scans: 3, hysteresis: 0 } as const
  t.equal(story(vote, [A, A, B]), '[a] [a] a')
  t.equal(story(vote, [A, B, unsure]), '[a] [a b] [a b]')
  t.equal(story(vote, [A, unsure, unsure]), '[a] [a b] [a b]', 'one of three is not enough')
  t.equal(story({ ...vote, scans: 4 }, [A, A, B, scan(0.1, 0.82, 0.08)]), '[a] [a] [a b] [a b]', 'half is not more than half')
})

t.test('another label stands only after one window more than the hysteresis has said so', async (t) => {
  const steady = { method: 'mean', scans: 1, hysteresis: 2 } as const
  t.equal(story(steady, [A, A, A, A]), '[a] [a] a a', 'also the first one')
  t.equal(story(steady, [A, A, A, B, B, B, B]), '[a] [a] a [b a] [b a] b b')
  t.equal(
    story(steady, [A, A, A, B, B, A, B, B, B]),
    '[a] [a] a [b a] [b a] a [b a] [b a] b',
    'the old one is back at once, and the count starts anew',
  )
  t.equal(story(steady, [A, A, A, B, unsure, B, B, B]), '[a] [a] a [b a] [a b] [b a] [b a] b', 'a window without a label starts the count anew')
  t.equal(story(steady, [A, A, A, '-', A, A, A]), '[a] [a] a - [a] [a] a', 'after a foreign scan nothing stands')
})

t.test('values are averaged, and the rule of one scan decides on the mean', async (t) => {
  const assay = { task: 'value', name: 'assay', unit: 'mg', halfWidth: 1, limits: [190, 210] } as const
  const judged = ({ value }: Pooled) => decide(assay, { ...evidence, scores: null, value })
  const window = createScans({ method: 'mean', scans: 2, hysteresis: 0 })
  const add = (value: number) => window.add({ scores: null, value, answer: judged({ scores: null, value }) }, judged)
  t.match(add(200), { verdict: 'unknown', reason: 'ambiguous', value: null, scores: { assay: 200 } })
  t.match(add(204), { verdict: 'accepted', value: 202, interval: [201, 203] })
  t.match(add(217), { verdict: 'unknown', reason: 'ambiguous', value: null, interval: [209.5, 211.5] })
  t.match(add(217), { verdict: 'accepted', value: 217 })
})

t.test('an identity is confirmed by as many scans as were asked for, and has no confidence', async (t) => {
  const judged = ({ scores }: Pooled) => decide({ task: 'identity', label: 'x' }, { ...evidence, scores, value: null })
  for (const method of ['mean', 'vote'] as const) {
    const window = createScans({ method, scans: 2, hysteresis: 0 })
    const one = { scores: Float64Array.of(1), value: null }
    t.match(window.add({ ...one, answer: judged(one) }, judged), { verdict: 'unknown', set: ['x'] })
    t.match(window.add({ ...one, answer: judged(one) }, judged), { verdict: 'accepted', label: 'x', confidence: null }, method)
  }
})
