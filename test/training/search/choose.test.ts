import t from 'tap'
import { seededRandom } from '../../../src/spectrum/random.js'
import type { Family } from '../../../src/training/contract.js'
import type { Candidate } from '../../../src/training/search/candidate.js'
import { finalSetting } from '../../../src/training/search/candidate.js'
import { behindShare, bestLinear, networkWins } from '../../../src/training/search/choose.js'

const candidate = (family: Family, steps: number, criteria: readonly number[]): Candidate => ({
  family,
  words: true,
  chain: { name: `${steps} steps`, steps, learns: false, rows: () => [], stepsFor: () => [] },
  repeats: criteria.map((criterion) => ({
    settings: [1, 2, 3].map((a) => ({ text: `${a} components`, complexity: a })),
    chosen: [],
    innerCriteria: [],
    answers: new Float64Array(0),
    error: criterion,
    criterion,
    settingCriteria: [0.3, 0.1015, 0.1],
  })),
})

t.test('ties within 2 % go to the chain of fewer steps; beyond, the better wins', async (t) => {
  const long = candidate('ridge', 6, [0.1])
  t.equal(bestLinear([long, candidate('pls', 4, [0.1015])], ['pls', 'ridge'])?.chain.steps, 4)
  t.equal(bestLinear([long, candidate('pls', 4, [0.103])], ['pls', 'ridge']), long)
})

t.test('one lucky repeat does not beat five', async (t) => {
  const steady = candidate('ridge', 5, [0.1, 0.1, 0.1])
  t.equal(bestLinear([candidate('pls', 2, [0.01]), steady], ['pls', 'ridge']), steady)
})

t.test('the final setting is the simplest within 2 % of the best over all repeats', async (t) => {
  t.strictSame(finalSetting(candidate('pls', 2, [0.1, 0.1])), { index: 1, setting: { text: '2 components', complexity: 2 } })
})

t.test('a network wins only where its error is smaller by more than 2 %', async (t) => {
  t.notOk(networkWins(0.0981, 0.1))
  t.ok(networkWins(0.0979, 0.1))
  t.notOk(networkWins(0, 0), 'level at nothing: the simpler one')
})

t.test('a network is behind where redrawn objects say so, whole objects at a time', async (t) => {
  const random = seededRandom(1)
  const groups = Array.from({ length: 120 }, (_, n) => `object ${Math.floor(n / 3)}`)
  const wrong = (share: number) => groups.map((_, n) => (Math.floor(n / 3) % 10 < 10 * share ? 1 : 0))
  const share = (network: number[], linear: number[]) => behindShare({ task: 'class', groups }, network, linear, 200, () => random.uniform())
  t.ok(share(wrong(0.3), wrong(0.1)) > 0.95)
  t.equal(share(wrong(0.1), wrong(0.1)), 0)
  const errors = groups.map(() => 1)
  t.ok(
    behindShare(
      { task: 'value', groups },
      errors,
      errors.map(() => 0.81),
      200,
      () => random.uniform(),
    ) > 0.99,
    'values: 11 % more error',
  )
})
