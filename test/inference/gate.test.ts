import { readFileSync } from 'node:fs'
import t from 'tap'
import { z } from 'zod'
import { buildGate, type GateModel } from '../../src/inference/gate.js'

const numbers = z.array(z.number())
const golden = z
  .object({
    rtol: z.number(),
    mean: numbers,
    loadings: z.array(numbers),
    variances: numbers,
    t2_limit: z.number(),
    q_limit_percentile: z.number(),
    input: z.array(numbers),
    output: z.object({ t2: numbers, q: numbers }),
  })
  .parse(JSON.parse(readFileSync(new URL('./fixtures/gate.json', import.meta.url), 'utf8')))

const model: GateModel = {
  mean: golden.mean,
  loadings: golden.loadings,
  eigenvalues: golden.variances,
  scalars: {},
  limits: { t2: golden.t2_limit, q: golden.q_limit_percentile },
}

t.test('T2 and Q are those of scikit-learn and chemotools, and the two outliers of the golden case are foreign', async (t) => {
  const gate = buildGate(model)
  golden.input.forEach((row, i) => {
    const { t2, q, foreign, why } = gate.judge(Float64Array.from(row), {})
    const { t2: wantT2 = 0, q: wantQ = 0 } = { t2: golden.output.t2[i], q: golden.output.q[i] }
    t.ok(Math.abs(t2 - wantT2) <= golden.rtol * wantT2, `T2 of row ${i}: ${t2}`)
    t.ok(Math.abs(q - wantQ) <= golden.rtol * wantQ, `Q of row ${i}: ${q}`)
    t.equal(foreign, i >= 3, `row ${i}`)
    t.match(why, i === 3 ? /^Q 1\.368 is above/ : i === 4 ? /^T2 92\.45 is above/ : null)
  })
})

/** Two channels that vary along the first; a spectrum (x, y) has T2 = x^2 / 4 and Q = y^2. */
const plain: GateModel = { mean: [0, 0], loadings: [[1, 0]], eigenvalues: [4], scalars: { level: [1, 2] }, limits: { t2: 1, q: 9 } }

t.test('at its limit a spectrum passes, one past it is foreign', async (t) => {
  const gate = buildGate(plain)
  const foreign = (x: number, y: number, level: number) => gate.judge(Float64Array.of(x, y), { level }).foreign
  t.notOk(foreign(2, 3, 1))
  t.notOk(foreign(-2, -3, 2))
  t.ok(foreign(2.001, 3, 1), 'T2')
  t.ok(foreign(2, 3.001, 1), 'Q')
  t.ok(foreign(0, 0, 0.999), 'level below')
  t.ok(foreign(0, 0, 2.001), 'level above')
})

t.test('what is not a number is foreign', async (t) => {
  const gate = buildGate(plain)
  for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    t.ok(gate.judge(Float64Array.of(wrong, 0), { level: 1 }).foreign, `${wrong} in the model's direction`)
    t.ok(gate.judge(Float64Array.of(0, wrong), { level: 1 }).foreign, `${wrong} beside it`)
    t.ok(gate.judge(Float64Array.of(0, 0), { level: wrong }).foreign, `${wrong} as a scalar`)
  }
  t.ok(gate.judge(Float64Array.of(0, 0), {}).foreign, 'a scalar that was not noted')
  t.ok(gate.judge(Float64Array.of(0), { level: 1 }).foreign, 'a channel that is missing')
  t.notOk(gate.judge(Float64Array.of(0, 0), { level: 1 }).foreign, 'a good one after them')
})

t.test('the judgement is one object that the next call overwrites', async (t) => {
  const gate = buildGate(plain)
  const first = gate.judge(Float64Array.of(5, 0), { level: 1 })
  const second = gate.judge(Float64Array.of(0, 0), { level: 1 })
  t.equal(first, second)
  t.same(second, { t2: 0, q: 0, foreign: false, why: null })
})
