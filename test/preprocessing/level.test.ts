import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import t from 'tap'
import { buildChain } from '../../src/preprocessing/chain.js'
import type { Step } from '../../src/preprocessing/contract.js'
import { pixelAxis } from '../../src/spectrum/axis.js'
import { seededRandom } from '../../src/spectrum/random.js'

const noted = (step: Omit<Step, 'op'>, values: readonly number[]): number => {
  const chain = buildChain([{ op: 'level', ...step }], pixelAxis(values.length))
  chain.run(Float64Array.from(values), new Float64Array(values.length))
  return chain.scalars['level'] ?? Number.NaN
}
const near = (seen: number, wanted: number) => Math.abs(seen - wanted) < 1e-12
const reference = [1, 2, 4, 3, 0]
const hole = Number.NaN

t.test('each statistic is the one that its name says', async (t) => {
  const values = [2, 4, 4, 4, 5, 5, 7, 9]
  t.equal(noted({}, values), 5)
  t.equal(noted({ statistic: 'mean' }, values), 5)
  t.equal(noted({ statistic: 'sd' }, values), 2, 'divisor n')
  t.ok(near(noted({ statistic: 'noise' }, [0, 1, 0, 1]), Math.sqrt(4 / 6)), 'second differences -2 and 2')
  t.equal(noted({ statistic: 'noise' }, [1, 3, 5, 7, 9]), 0, 'a slope is no noise')
  t.equal(noted({ statistic: 'clipped-share', above: 5 }, values), 0.5, 'at the clip is clipped')
  const twice = reference.map((value) => 0.5 + 2 * value)
  t.ok(near(noted({ statistic: 'slope', reference }, twice), 2))
  t.ok(near(noted({ statistic: 'fit', reference }, twice), 1))
  t.ok(near(noted({ statistic: 'fit', reference: [1, -1, 0] }, [1, 1, 0]), 0), 'nothing in common')
  t.ok(near(noted({ statistic: 'fit', reference: [0, 0, 1, 1] }, [0, 1, 1, 2]), 0.5))
})

t.test('a masked channel is left out, and counts as clipped', async (t) => {
  t.ok(near(noted({ statistic: 'sd' }, [1, hole, 3]), 1))
  t.ok(near(noted({ statistic: 'noise' }, [hole, 0, 1, 0, 1, hole]), Math.sqrt(4 / 6)), 'differences across a hole do not count')
  t.equal(noted({ statistic: 'clipped-share', above: 5 }, [hole, 1, 5, Number.POSITIVE_INFINITY]), 0.75)
  const twice = reference.map((value, i) => (i === 1 ? hole : 0.5 + 2 * value))
  t.ok(near(noted({ statistic: 'slope', reference }, twice), 2))
  t.ok(near(noted({ statistic: 'fit', reference }, twice), 1))
  for (const statistic of ['mean', 'sd', 'noise'] as const) t.ok(Number.isNaN(noted({ statistic }, [hole, hole, hole])), statistic)
})

t.test('the noise of white noise is its standard deviation, whatever lies below it', async (t) => {
  const random = seededRandom(3)
  const values = Array.from({ length: 4000 }, (_, i) => Math.sin(i / 300) + 0.01 * random.gaussian())
  t.ok(Math.abs(noted({ statistic: 'noise' }, values) / 0.01 - 1) < 0.06, 'within 4 standard errors')
})

t.test('parameters that do not go with the statistic are refused', async (t) => {
  const refused = (step: Omit<Step, 'op'>, seen: RegExp) => t.throws(() => noted(step, reference), { code: 'CHAIN_INVALID', seen })
  refused({ statistic: 'clipped-share' }, /without above/)
  refused({ above: 1 }, /mean with above/)
  refused({ statistic: 'slope' }, /slope without reference/)
  refused({ statistic: 'sd', reference }, /sd with reference/)
  refused({ statistic: 'fit', reference: [1, 2] }, /reference with 2 numbers/)
  refused({ statistic: 'median' }, /statistic "median"/)
})

t.test('after warm-up no statistic allocates', async (t) => {
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  const own = Array.from({ length: 64 }, (_, i) => Math.sin(i))
  const steps: Step[] = [
    { op: 'level', name: 'a' },
    { op: 'level', name: 'b', statistic: 'sd' },
    { op: 'level', name: 'c', statistic: 'noise' },
    { op: 'level', name: 'd', statistic: 'clipped-share', above: 2 },
    { op: 'level', name: 'e', statistic: 'slope', reference: own },
    { op: 'level', name: 'f', statistic: 'fit', reference: own },
  ]
  const chain = buildChain(steps, pixelAxis(64))
  const input = Float64Array.from(own, (value) => value ** 2)
  const output = new Float64Array(64)
  const grown = (rounds: number) => {
    if (typeof collect === 'function') collect()
    const bytes = () => process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers
    const before = bytes()
    for (let i = 0; i < rounds; i++) chain.run(input, output)
    return bytes() - before
  }
  grown(5000)
  // A scalar that changes hands may be boxed, 16 bytes each; one array of 64 doubles a spectrum would be 1.5 MB in every go.
  let best = grown(3000)
  for (let go = 0; go < 20 && best > 600_000; go++) best = Math.min(best, grown(3000))
  t.ok(best < 600_000, `${best} bytes for 3000 spectra`)
})
