import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { z } from 'zod'
import { chiSquareQuantile, fQuantile, normalQuantile } from '../../src/training/distributions.js'
import { boxLimit, jacksonMudholkar, jacksonMudholkarH0, residualThetas, type Thetas, t2Limit } from '../../src/training/gate-diagnostics.js'

const rows = z.array(z.array(z.number()))
const files = z.object({ cases: z.array(z.looseObject({ name: z.string() })) })
const { cases } = files.parse(JSON.parse(readFileSync(join(import.meta.dirname, '../golden/t2_q.json'), 'utf8')))
const named = (name: string) => cases.find((one) => one.name === name) ?? { name }
const near = (got: number, want: number, part = 1e-9): boolean => Math.abs(got - want) <= part * Math.abs(want)

t.test('quantiles are those of scipy', async (t) => {
  const pairs: readonly (readonly [number, number])[] = [
    [normalQuantile(0.95), 1.6448536269514722],
    [normalQuantile(0.99), 2.3263478740408408],
    [normalQuantile(0.5), 0.0],
    [normalQuantile(0.1), -1.2815515655446004],
    [normalQuantile(0.9999), 3.719016485455709],
    [chiSquareQuantile(0.95, 1), 3.841458820694124],
    [chiSquareQuantile(0.95, 3.767), 9.107443521026436],
    [chiSquareQuantile(0.99, 250.5), 305.4915708373162],
    [chiSquareQuantile(0.05, 2), 0.10258658877510106],
    [chiSquareQuantile(0.999, 0.7), 9.678126727421994],
    [fQuantile(0.95, 3, 37), 2.858796053950291],
    [fQuantile(0.99, 1, 5), 16.25817703983365],
    [fQuantile(0.05, 10, 200), 0.39010903660719437],
    [fQuantile(0.95, 2.5, 7.5), 4.360097403602005],
  ]
  for (const [got, want] of pairs) t.ok(Math.abs(got - want) <= 1e-10 * Math.max(1, Math.abs(want)), `${got} for ${want}`)
})

t.test('limits by formula are those of the golden model', async (t) => {
  const gate = z
    .object({
      n_calibration: z.number(),
      t2_limit: z.number(),
      q_limit_jackson_mudholkar: z.number(),
      q_limit_box: z.number(),
      residual_thetas: z.tuple([z.number(), z.number(), z.number()]),
    })
    .parse(named('gate'))
  t.ok(near(jacksonMudholkar(gate.residual_thetas, 0.95), gate.q_limit_jackson_mudholkar))
  t.ok(near(boxLimit(gate.residual_thetas, 0.95), gate.q_limit_box))
  t.ok(near(t2Limit(3, gate.n_calibration, 0.95), gate.t2_limit))
})

t.test('a limit that has no meaning is refused by name, with its h0', async (t) => {
  const wide = z
    .object({ calibration: rows, residual_thetas: z.array(z.number()), h0: z.number(), q_limit_box: z.number() })
    .parse(named('jackson_mudholkar_refused'))
  const thetas = residualThetas(
    wide.calibration.map((row) => Float64Array.from(row)),
    2,
  )
  t.ok(
    thetas.every((theta, i) => near(theta, wide.residual_thetas[i] ?? 0)),
    'sums over the eigenvalues left out',
  )
  t.ok(near(jacksonMudholkarH0(thetas), wide.h0))
  t.ok(near(boxLimit(thetas, 0.95), wide.q_limit_box), 'the other rule still stands')
  t.throws(() => jacksonMudholkar(thetas, 0.95), { code: 'DATA_INVALID', where: /Jackson-Mudholkar/, seen: 'h0 = -0.1934' })
  const almost = (h0: number): Thetas => [1, 1, (3 * (1 - h0)) / 2]
  t.throws(() => jacksonMudholkar(almost(0.05 - 1e-12), 0.95), { code: 'DATA_INVALID', allowed: 'h0 above 0.05' }, 'also where it is barely positive')
  t.ok(Number.isFinite(jacksonMudholkar(almost(0.06), 0.95)))
  t.throws(() => jacksonMudholkar([0, 0, 0], 0.95), { code: 'DATA_INVALID' }, 'nothing is left out of the model')
})
