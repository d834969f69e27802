import t from 'tap'
import { permutationCheck } from '../../../src/training/decision/permutation.js'

const groups = Array.from({ length: 60 }, (_, n) => `object ${Math.floor(n / 3)}`)
const truth = groups.map((group) => Number(group.slice(7)) % 2)
const agreement = (labels: readonly number[]) => labels.filter((label, n) => label === truth[n]).length / labels.length

t.test('labels that mean something are better than all that were dealt out again', async (t) => {
  const { figure, shuffled, p } = await permutationCheck({ score: agreement, truth, groups, better: 'higher', seed: 1 })
  t.equal(figure, 1)
  t.equal(shuffled.length, 20)
  t.ok(Math.max(...shuffled) < 0.95, `${shuffled}`)
  t.equal(p, 1 / 21)
})

t.test('a figure that labels do not change has no meaning', async (t) => {
  t.equal((await permutationCheck({ score: () => 0.7, truth, groups, better: 'higher', seed: 1 })).p, 1)
  t.equal((await permutationCheck({ score: async (labels) => 1 - agreement(labels), truth, groups, better: 'lower', seed: 1 })).p, 1 / 21)
})

t.test('labels move between objects as these have them: an object keeps one label, and each label as many', async (t) => {
  const dealt: (readonly number[])[] = []
  const score = (labels: readonly number[]) => {
    dealt.push(labels)
    return 0
  }
  await permutationCheck({ score, truth, groups, better: 'higher', times: 5, seed: 2 })
  t.equal(dealt.length, 6)
  for (const labels of dealt) {
    t.ok(labels.every((label, n) => label === labels[3 * Math.floor(n / 3)]))
    t.equal(
      labels.reduce((sum, label) => sum + label, 0),
      30,
    )
  }
  t.notSame(dealt[1], dealt[2])
})

t.test('groups that all hold the same labels have them in another order', async (t) => {
  const days = truth.map((_, n) => `day ${n % 4}`)
  const own = truth.map((_, n) => Math.floor(n / 4) % 3)
  const same = (labels: readonly number[]) => labels.filter((label, n) => label === own[n]).length / labels.length
  const { shuffled } = await permutationCheck({ score: same, truth: own, groups: days, better: 'higher', seed: 3 })
  t.ok(Math.max(...shuffled) < 0.7, `${shuffled}`)
})
