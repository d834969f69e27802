import t from 'tap'
import { partition, splitHeld } from '../../../src/training/decision/partition.js'

/** Four labels of 40, 20, 2 and 1 groups, each group of one to three spectra. */
const rows = [40, 20, 2, 1].flatMap((groups, label) =>
  Array.from({ length: groups }, (_, g) => Array.from({ length: 1 + (g % 3) }, () => ({ group: `${label}/${g}`, label: `${label}` }))).flat(),
)
const groups = rows.map(({ group }) => group)
const labels = rows.map(({ label }) => label)
const groupsOf = (part: readonly number[]) => new Set(part.map((n) => groups[n]))

t.test('every spectrum is in one part, every group in one part alone, every label in the part that is learnt from', async (t) => {
  for (const seed of [1, 2, 3]) {
    const { fit, stop, ranges } = partition(groups, labels, seed)
    t.strictSame(
      [...fit, ...stop, ...ranges].sort((a, b) => a - b),
      rows.map((_, n) => n),
    )
    const parts = [fit, stop, ranges].map(groupsOf)
    t.equal(
      parts.reduce((sum, { size }) => sum + size, 0),
      new Set(groups).size,
      'no group twice',
    )
    t.equal(new Set(fit.map((n) => labels[n])).size, 4)
    const shares = parts.map(({ size }) => size / 63)
    t.ok(Math.abs((shares[0] ?? 0) - 0.75) < 0.04 && Math.abs((shares[1] ?? 0) - 0.15) < 0.04, `${shares}`)
    for (const label of ['0', '1'])
      t.ok(
        [stop, ranges].every((part) => part.some((n) => labels[n] === label)),
        `label ${label} in all parts`,
      )
  }
})

t.test('the same seed gives the same parts, another one others', async (t) => {
  t.strictSame(partition(groups, labels, 5), partition(groups, labels, 5))
  t.notSame(partition(groups, labels, 5), partition(groups, labels, 6))
})

t.test('no part stays empty while there are groups, and too few are refused', async (t) => {
  const { fit, stop, ranges } = partition(['a', 'b', 'c', 'd'], ['x', 'x', 'x', 'x'], 1)
  t.ok(fit.length >= 1 && stop.length >= 1 && ranges.length >= 1)
  t.throws(() => partition(['a', 'a', 'b'], ['x', 'x', 'x'], 1), { code: 'DATA_INVALID', message: /2 groups/ })
})

t.test('held-out objects: a third for the temperature, the rest for the scores; a value needs no temperature', async (t) => {
  const outputs = Float32Array.of(0)
  const held = rows.map((_, row) => ({ row, fold: 0, outputs, exact: outputs }))
  const { temperature, conformal } = splitHeld(held, { task: 'class', groups, labels }, 1)
  const [first, second] = [temperature, conformal].map((part) => groupsOf(part.map(({ row }) => row)))
  t.notOk(
    [...(first ?? [])].some((group) => second?.has(group)),
    'no object in both',
  )
  t.equal(temperature.length + conformal.length, held.length)
  t.ok(Math.abs((first?.size ?? 0) / 63 - 1 / 3) < 0.04, `${first?.size}`)
  t.strictSame(splitHeld(held, { task: 'value', groups, labels }, 1), { temperature: [], conformal: held })
})
