import t from 'tap'
import { withLone } from '../../../bench/recognition/learner.js'
import type { Part } from '../../../src/training/material.js'

/** Two classes of six objects, two spectra each, and a third class of a single object. */
const part = (): Part => {
  const objects = [...Array.from({ length: 12 }, (_, n) => ({ truth: n % 2, group: `g${n}` })), { truth: 2, group: 'only' }]
  const rows = objects.flatMap((object) => [object, object])
  return {
    ...{ task: 'class', labels: ['a', 'b', 'c'], unit: null, limits: null },
    ids: rows.map((_, n) => `${n}`),
    groups: rows.map(({ group }) => group),
    truth: rows.map(({ truth }) => truth),
    values: rows.map(() => Number.NaN),
    spectra: rows.map(() => new Float64Array(4)),
  }
}

t.test('a class of one object is in every training part and is never judged', async (t) => {
  const subjects = part()
  const lone = [24, 25]
  for (const { outer, inner } of withLone(subjects, { folds: 3, repeats: 2, seed: 1 })) {
    for (const { train, test } of outer) {
      t.ok(lone.every((n) => train.includes(n) && !test.includes(n)))
      t.notOk(test.some((n) => train.includes(n)))
      const learnt = new Set(train.map((n) => subjects.groups[n]))
      t.notOk(
        test.some((n) => learnt.has(subjects.groups[n])),
        'no object on both sides',
      )
    }
    const judged = outer.flatMap(({ test }) => test).sort((a, b) => a - b)
    t.same(
      judged,
      Array.from({ length: 24 }, (_, n) => n),
      'each other spectrum is judged once',
    )
    for (const { train, tests } of inner) t.ok(lone.every((n) => train.includes(n) && tests.every(({ rows }) => !rows.includes(n))))
  }
})
