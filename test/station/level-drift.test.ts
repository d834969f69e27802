import t from 'tap'
import type { Reference } from '../../src/spectrum/reference.js'
import { LEVEL_WEIGHT, levelChange } from '../../src/station/level-drift.js'
import { reference } from '../support/references.js'

const counts = (level: number) => ({ counts: new Float64Array(4).fill(level) })
/** References of one kind, given from the first to the newest as they are kept: newest first. */
const kept = (kind: Reference['kind'], levels: readonly number[], changes: Partial<Reference> = {}) =>
  levels.map((level) => reference(kind, { ...counts(level), ...changes })).toReversed()
const change = (references: readonly Reference[]) => levelChange(references, references[0] ?? reference('dark'))
const near = (seen: number, wanted: number) => Math.abs(seen - wanted) < 1e-12

t.test('the change is that of the averaged logarithm since the first reference', async (t) => {
  t.equal(change(kept('dark', [100])), 0)
  t.equal(change(kept('dark', [100, 100, 100])), 0)
  t.ok(near(change(kept('dark', [100, 400])), 4 ** LEVEL_WEIGHT - 1))
  t.ok(near(change(kept('dark', [100, 400, 100])), 4 ** (LEVEL_WEIGHT * (1 - LEVEL_WEIGHT)) - 1), 'one that was wrong is forgotten')
  t.ok(Math.abs(change(kept('dark', [100, ...Array(40).fill(150)])) - 0.5) < 1e-6, 'and a step is reached in the end')
})

t.test('the level of a white is its light per millisecond, above its own dark', async (t) => {
  // 10,000 counts of light over 100 of dark, then half of it.
  t.ok(near(change(kept('white', [10_100, 5100])), 0.5 ** LEVEL_WEIGHT - 1))
  const [long = reference('white')] = kept('white', [20_100], { integrationUs: 200_000 })
  t.ok(near(levelChange([long, ...kept('white', [10_100])], long), 0), 'twice the exposure, twice the counts')
})

t.test('only references under the settings of the newest are compared', async (t) => {
  const newest = reference('dark', counts(300))
  for (const other of [{ gain: 2 }, { binning: 2 }, { axis: 'axis-b' }, { integrationUs: 50_000 }, { kind: 'white', density: 0 }] as const)
    t.equal(levelChange([newest, reference('dark', { ...counts(100), ...other })], newest), 0, JSON.stringify(other))
  const white = reference('white', counts(10_100))
  t.equal(levelChange([white, reference('white', { ...counts(60), density: 2.3 })], white), 0, 'nor through another filter')
})

t.test('nothing to compare with, a dark of zero, a white without its dark: no change and no number without bounds', async (t) => {
  t.equal(levelChange([], reference('dark')), 0)
  t.equal(change(kept('dark', [0, 0.4])), 0, 'fractions of a count')
  t.equal(levelChange([reference('white', { dark: null })], reference('white')), 0)
})
