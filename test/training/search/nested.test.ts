import t from 'tap'
import { seededRandom } from '../../../src/spectrum/random.js'
import type { Subjects } from '../../../src/training/contract.js'
import type { ChainRows } from '../../../src/training/search/chains.js'
import { planRepeats } from '../../../src/training/search/folds.js'
import { benchesOf, nestedOf } from '../../../src/training/search/nested.js'
import { simplestOfBest } from '../../../src/training/search/score.js'

const CHANNELS = 12
const turn = async () => undefined

/** Rows of three classes, `apart` noise deviations from each other, objects of three rows. */
const made = (apart: number, seed = 1) => {
  const random = seededRandom(seed)
  const truth = Array.from({ length: 90 }, (_, n) => Math.floor(n / 3) % 3)
  const rows = truth.map((label) => Float64Array.from({ length: CHANNELS }, (_, i) => (i === label ? apart : 0) + random.gaussian()))
  const subjects: Subjects = {
    ...{ task: 'class', labels: ['a', 'b', 'c'], unit: null, limits: null, truth },
    ids: truth.map((_, n) => `${n}`),
    groups: truth.map((_, n) => `object ${Math.floor(n / 3)}`),
    values: truth.map(() => Number.NaN),
  }
  const chain: ChainRows = {
    name: 'as it is',
    steps: 1,
    learns: false,
    rows: () => rows.map((values) => ({ values, scalars: {} })),
    stepsFor: () => [],
  }
  return { subjects, chain, rows }
}
const run = async (apart: number, families: readonly ('pls' | 'ridge' | 'pca-lda')[] = ['ridge']) => {
  const { subjects, chain } = made(apart)
  const [repeat] = planRepeats(subjects, 5, 1, 3)
  if (!repeat) throw new Error('no repeat')
  return nestedOf({ chain, families, subjects, repeat, priors: 'balanced', turn }, benchesOf(chain))
}

t.test('classes that differ are told apart, each fold by a setting of its own, and classes that do not differ are not', async (t) => {
  const far = await run(6, ['pls', 'ridge', 'pca-lda'])
  for (const [family, nested] of far) {
    t.ok(nested.error < 0.05, `${family} ${nested.error}`)
    t.equal(nested.chosen.length, 5)
    t.equal(nested.settingCriteria.length, nested.settings.length)
    t.ok(
      nested.answers.every((answer) => [0, 1, 2].includes(answer)),
      'every row is answered',
    )
  }
  const same = (await run(0)).get('ridge')
  t.ok((same?.error ?? 0) > 0.5 && (same?.error ?? 1) < 0.85, `near two thirds: ${same?.error}`)
})

t.test('the answer to a row does not hang on its own label', async (t) => {
  const { subjects, chain } = made(1.5)
  const [repeat] = planRepeats(subjects, 5, 1, 3)
  if (!repeat) throw new Error('no repeat')
  const task = { chain, families: ['ridge'] as const, repeat, priors: 'balanced' as const, turn }
  const before = (await nestedOf({ ...task, subjects }, benchesOf(chain))).get('ridge')
  const left = repeat.outer[2]?.test ?? []
  const truth = subjects.truth.map((label, n) => (left.includes(n) ? (label + 1) % 3 : label))
  const after = (await nestedOf({ ...task, subjects: { ...subjects, truth } }, benchesOf(chain))).get('ridge')
  t.strictSame(
    left.map((n) => after?.answers[n]),
    left.map((n) => before?.answers[n]),
  )
  t.equal(after?.chosen[2], before?.chosen[2], 'nor does the setting that was chosen for it')
})

t.test('within 2 % of the best the simplest is taken', async (t) => {
  t.equal(simplestOfBest([0.5, 0.1019, 0.1, 0.1]), 1)
  t.equal(simplestOfBest([0.5, 0.1021, 0.1, 0.1]), 2)
  t.equal(simplestOfBest([0, 0]), 0)
})
