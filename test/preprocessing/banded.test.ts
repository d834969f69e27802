import fc from 'fast-check'
import t from 'tap'
import { penalisedSolver } from '../../src/preprocessing/banded.js'

/** (W + lam D'D) z = W y by Gaussian elimination with pivoting, from the definition. */
const dense = (weights: readonly number[], y: readonly number[], lam: number, order: 1 | 2): number[] => {
  const n = y.length
  const d = order === 1 ? [-1, 1] : [1, -2, 1]
  const rows = weights.map((w, i) => [...Array.from({ length: n }, (_, j) => (i === j ? w : 0)), w * (y[i] ?? 0)])
  for (let r = 0; r + order < n; r++)
    d.forEach((a, i) => {
      d.forEach((b, j) => {
        const row = rows[r + i] ?? []
        row[r + j] = (row[r + j] ?? 0) + lam * a * b
      })
    })
  for (let c = 0; c < n; c++) {
    rows.splice(c, n, ...rows.slice(c).sort((a, b) => Math.abs(b[c] ?? 0) - Math.abs(a[c] ?? 0)))
    const pivot = rows[c] ?? []
    for (const row of rows) {
      const factor = (row[c] ?? 0) / (pivot[c] ?? 1)
      if (row !== pivot) for (let j = c; j <= n; j++) row[j] = (row[j] ?? 0) - factor * (pivot[j] ?? 0)
    }
  }
  return rows.map((row, i) => (row[n] ?? 0) / (row[i] ?? 1))
}

t.test('the system taken from both ends has the solution of its definition, for odd and even lengths down to the shortest', async () => {
  const system = fc
    .tuple(fc.constantFrom(1 as const, 2 as const), fc.integer({ min: 2, max: 14 }), fc.constantFrom(0.01, 1, 30))
    .filter(([order, n]) => n > order)
    .chain(([order, n, lam]) => {
      const numbers = (min: number, max: number) => fc.array(fc.double({ min, max, noNaN: true }), { minLength: n, maxLength: n })
      return fc.record({ order: fc.constant(order), lam: fc.constant(lam), weights: numbers(0.01, 2), y: numbers(-5, 5) })
    })
  fc.assert(
    fc.property(system, ({ order, lam, weights, y }) => {
      const z = new Float64Array(y.length)
      const solved = penalisedSolver(y.length, lam, order).solve(Float64Array.from(weights), Float64Array.from(y), z)
      const want = dense(weights, y, lam, order)
      return solved && z.every((value, i) => Math.abs(value - (want[i] ?? 0)) < 1e-9)
    }),
  )
})

t.test('a channel without weight takes the value that its neighbours carry on, whatever stands there', async (t) => {
  for (const n of [8, 9]) {
    const y = Float64Array.from({ length: n }, (_, i) => 2 + 0.5 * i)
    const weights = new Float64Array(n).fill(1)
    for (const gap of [0, 4]) {
      y[gap] = 1e6
      weights[gap] = 0
    }
    const z = new Float64Array(n)
    t.ok(penalisedSolver(n, 100, 2).solve(weights, y, z))
    t.ok(
      z.every((value, i) => Math.abs(value - 2 - 0.5 * i) < 1e-9),
      `a line of ${n} stays a line`,
    )
  }
})

t.test('weights that do not determine the curve are told', async (t) => {
  for (const order of [1, 2] as const)
    for (const n of [order + 1, 7, 8]) {
      const solver = penalisedSolver(n, 1, order)
      t.notOk(solver.solve(new Float64Array(n), new Float64Array(n), new Float64Array(n)), `no weight at all, ${n} points, order ${order}`)
      t.notOk(solver.solve(new Float64Array(n).fill(Number.NaN), new Float64Array(n), new Float64Array(n)), 'weights of NaN')
    }
})
