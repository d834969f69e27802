import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import t, { type Test } from 'tap'
import { isFailure } from '../../src/failures.js'
import { buildChain, MAX_STEPS } from '../../src/preprocessing/chain.js'
import type { Step } from '../../src/preprocessing/contract.js'
import { buildSequence } from '../../src/preprocessing/sequence.js'
import { makeAxis, pixelAxis } from '../../src/spectrum/axis.js'
import { seededRandom } from '../../src/spectrum/random.js'

const axis = makeAxis(
  'wavelength',
  Float64Array.from({ length: 128 }, (_, i) => 400 + 2.5 * i + 0.001 * i * i),
)
const grid = Array.from({ length: 50 }, (_, i) => 405.3 + 6.1 * i)
const random = seededRandom(7)
const spectrum = (): Float64Array => Float64Array.from({ length: 128 }, (_, i) => 0.5 + 0.2 * Math.sin(i / 9) + 0.01 * random.gaussian())

const run = (steps: readonly Step[], x: Float64Array, on = axis) => {
  const chain = buildChain(steps, on)
  const output = new Float64Array(chain.output.values.length)
  return { chain, output, unfit: chain.run(x, output) }
}

const savgol = { op: 'savgol', window: 7, poly: 2, deriv: 1, mode: 'interp' }
const linearRuns: Readonly<Record<string, readonly Step[]>> = {
  'band, resample, savgol, center_scale': [
    {
      op: 'band',
      method: 'ranges',
      ranges: [
        [402, 500],
        [520, 720],
      ],
    },
    { op: 'resample', method: 'linear', grid: grid.slice(0, 45) },
    savgol,
    { op: 'center_scale', mean: Array(45).fill(0.1), scale: Array.from({ length: 45 }, (_, i) => 0.5 + i) },
  ],
  'savgol before resampling beyond the range': [
    { ...savgol, mode: 'mirror' },
    { op: 'resample', method: 'linear', grid: [390, ...grid, 900] },
  ],
  'two runs with SNV between': [{ op: 'band', method: 'bin', size: 2 }, savgol, { op: 'snv', ddof: 1, nan: 'skip' }, savgol, { ...savgol, deriv: 0 }],
  'a constant outside': [{ ...savgol, mode: 'constant', cval: 3 }, { op: 'dead_pixel', dead: [0, 5, 6] }, savgol],
}

t.test('a folded chain gives what its steps give one after the other, with masks too', async (t) => {
  for (const [name, steps] of Object.entries(linearRuns)) {
    const folded = buildSequence(steps, axis, 'chain')
    const unfolded = buildSequence(steps, axis, 'chain', false)
    t.strictSame(folded.uses, unfolded.uses, `${name}: uses`)
    t.strictSame(folded.never, unfolded.never, `${name}: never`)
    for (const masked of [[], [0], [63], [20, 21, 22, 90], [127]]) {
      const x = spectrum()
      for (const pixel of masked) x[pixel] = Number.NaN
      const a = new Float64Array(folded.output.values.length)
      const b = new Float64Array(a.length)
      t.equal(folded.run(x, a), unfolded.run(x, b))
      t.strictSame([...a].map(Number.isNaN), [...b].map(Number.isNaN), `${name}: the mask of ${masked}`)
      t.ok(
        a.every((value, i) => Number.isNaN(value) || Math.abs(value - (b[i] ?? 0)) < 1e-12),
        `${name}: the values, ${masked} masked`,
      )
      t.ok(masked.length > 0 || a.some((value) => Math.abs(value) > 1e-3), `${name}: not all zeros`)
    }
  }
})

t.test('uses names exactly the channels that can reach the output', async (t) => {
  const steps: Step[] = [{ op: 'absorbance', eps: 1e-8 }, { op: 'level' }, { op: 'band', method: 'cut', lo: 450, hi: 500 }, { op: 'snv', ddof: 0 }]
  const { chain, output, unfit } = run(steps, spectrum())
  t.equal(unfit, null)
  t.strictSame(
    [...chain.uses],
    [...axis.values].map((nm) => (nm >= 450 && nm <= 500 ? 1 : 0)),
  )
  const before = [...output]
  const changed = spectrum()
  run(steps, changed)
  for (const [nm, want] of [
    [430, false],
    [475, true],
  ] as const) {
    const x = spectrum()
    const own = new Float64Array(output.length)
    chain.run(x, own)
    const clean = [...own]
    x[axis.values.findIndex((value) => value > nm)] = 0.9
    chain.run(x, own)
    t.equal(
      clean.some((value, i) => value !== own[i]),
      want,
      `a change at ${nm} nm`,
    )
  }
  t.ok(before.length > 0)
  const local = buildChain([{ op: 'resample', method: 'pchip', grid: [451, 452] }], axis)
  const at = axis.values.findIndex((value) => value > 451) - 1
  t.strictSame(
    [...local.uses.keys()].filter((i) => local.uses[i] === 1),
    [at - 1, at, at + 1, at + 2],
    'pchip: two nodes to each side',
  )
  t.ok(
    buildChain([{ op: 'resample', method: 'cubic', bc: 'natural', grid: [451, 452] }], axis).uses.every((use) => use === 1),
    'a spline uses all',
  )
})

t.test('uncovered counts the output channels that this axis cannot feed, through all later steps', async (t) => {
  const far = [390, 396, ...grid, 900]
  t.equal(buildChain([{ op: 'resample', method: 'linear', grid: far }], axis).uncovered, 3)
  t.equal(buildChain([{ op: 'resample', method: 'pchip', grid: far }], axis).uncovered, 3)
  t.equal(buildChain([{ op: 'resample', method: 'linear', grid: far, outside: 'clamp' }], axis).uncovered, 0)
  t.equal(
    buildChain([{ op: 'resample', method: 'linear', grid: far }, savgol], axis).uncovered,
    5 + 4,
    'the derivative spreads them over its windows',
  )
  t.equal(
    buildChain(
      [
        { op: 'resample', method: 'linear', grid: far },
        { op: 'band', method: 'cut', lo: 400, hi: 700 },
      ],
      axis,
    ).uncovered,
    0,
    'cut away again',
  )
  const { unfit } = run([{ op: 'resample', method: 'linear', grid: far }], spectrum())
  t.match(unfit, { flag: 'masked', why: /channel 0 \(390 nm\)/ })
})

t.test('a level is noted before what takes it away, and again by each run', async (t) => {
  const chain = buildChain(
    [{ op: 'absorbance', eps: 1e-8 }, { op: 'level', name: 'a' }, { op: 'snv', ddof: 0, nan: 'skip' }, { op: 'level' }],
    pixelAxis(4),
  )
  t.ok(Number.isNaN(chain.scalars['a']), 'nothing noted before the first run')
  const output = new Float64Array(4)
  chain.run(Float64Array.of(0.1, 0.01, 0.1, 0.001), output)
  t.ok(Math.abs((chain.scalars['a'] ?? 0) - 7 / 4) < 1e-12)
  t.ok(Math.abs(chain.scalars['level'] ?? 1) < 1e-12, 'after SNV there is none left')
  chain.run(Float64Array.of(0.1, Number.NaN, 0.1, 0.001), output)
  t.ok(Math.abs((chain.scalars['a'] ?? 0) - 5 / 3) < 1e-12, 'the mean of the finite values')
  t.throws(() => buildChain([{ op: 'level' }, { op: 'level' }], axis), { code: 'CHAIN_INVALID', seen: 'two steps that note "level"' })
})

t.test('no NaN and no infinity leaves a chain: the reason names the channel', async (t) => {
  const x = spectrum()
  x[3] = Number.NaN
  t.match(run([{ op: 'level' }], x).unfit, { flag: 'masked', why: `no valid value at channel 3 (${axis.values[3]} nm) at the end of the chain` })
  x[3] = Number.POSITIVE_INFINITY
  t.match(run([{ op: 'level' }], x).unfit, { flag: 'degenerate' })
  t.match(run([{ op: 'snv', ddof: 0 }], new Float64Array(128).fill(0.25)).unfit, { flag: 'degenerate', why: /flat/ })
  t.equal(run([{ op: 'level' }], spectrum()).unfit, null)
})

/** What the failure of a call says. */
const refuses = (t: Test, call: () => unknown, want: { where?: string; seen?: string | RegExp; allowed?: string | RegExp }) => {
  try {
    call()
  } catch (error) {
    if (!isFailure(error, 'CHAIN_INVALID')) throw error
    t.match({ where: error.where, seen: error.seen, allowed: error.allowed }, want)
    return
  }
  t.fail('was built', want)
}

t.test('an unknown operation or parameter is refused with its step, what was seen and what is allowed', async (t) => {
  const build = (...steps: Step[]) => buildChain(steps, axis, 'bundle x')
  refuses(t, () => build({ op: 'level' }, { op: 'alchemy' }), {
    where: 'bundle x, step 2',
    seen: 'the operation "alchemy"',
    allowed: /savgol/,
  })
  refuses(t, () => build({ op: 'snv', ddof: 0, ddoff: 1 }), { where: 'bundle x, step 1 (snv)', seen: 'the parameter ddoff', allowed: 'ddof, nan' })
  refuses(t, () => build({ op: 'snv', ddof: 2 }), { seen: 'ddof 2', allowed: /0|1/ })
  refuses(t, () => build({ op: 'snv' }), { seen: 'ddof that is not there' })
  refuses(t, () => build({ op: 'resample', method: 'magic', grid }), {
    seen: 'method "magic"',
    allowed: '"linear", "cubic", "pchip", "akima", "fwhm"',
  })
  refuses(t, () => build({ op: 'resample', method: 'linear', grid, bc: 'natural' }), { seen: 'the parameter bc', allowed: 'method, grid, outside' })
  refuses(t, () => build({ op: 'resample', method: 'linear', grid: [500, 500] }), {
    where: 'bundle x, step 1 (resample)',
    seen: /500 then 500 at index 1/,
  })
  refuses(t, () => build({ ...savgol, window: 8 }), { seen: 'window 8', allowed: 'an odd window' })
  refuses(t, () => build({ ...savgol, window: 129 }), { seen: 'window 129', allowed: /128/ })
  t.doesNotThrow(() => build({ ...savgol, window: 127 }))
  refuses(t, () => build({ ...savgol, poly: 7 }), { seen: 'poly 7 with window 7' })
  refuses(t, () => build({ ...savgol, deriv: 3 }), { seen: 'deriv 3 with poly 2' })
  refuses(t, () => build({ ...savgol, mode: 'constant' }), { seen: 'mode "constant" without cval' })
  refuses(t, () => build({ op: 'center_scale', mean: [0], scale: [1] }), { seen: 'mean with 1 numbers', allowed: /128/ })
  refuses(t, () => build({ op: 'center_scale', mean: Array(128).fill(0), scale: [...Array(127).fill(1), 0] }), { seen: 'scale 0 at index 127' })
  refuses(t, () => build({ op: 'band', method: 'cut', lo: 1, hi: 2 }), { seen: 'bands that hold 0 channels' })
  refuses(t, () => build({ op: 'msc', reference: Array(128).fill(0.5) }), { seen: /already explain/ })
})

t.test('at most so many steps', async (t) => {
  const levels = Array.from({ length: MAX_STEPS + 1 }, (_, i) => ({ op: 'level', name: `l${i}` }))
  t.doesNotThrow(() => buildChain(levels.slice(1), axis))
  t.throws(() => buildChain(levels, axis), { code: 'CHAIN_INVALID', seen: '65 steps', allowed: 'at most 64' })
})

t.test('after warm-up a chain allocates nothing, whether spectra are good, masked or flat', async (t) => {
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  const reference = Array.from(spectrum())
  const chain = buildChain(
    [
      { op: 'absorbance', eps: 1e-8 },
      { op: 'level' },
      { op: 'resample', method: 'pchip', grid: [...axis.values.subarray(1, 127)] },
      { op: 'msc', reference: reference.slice(1, 127), nan: 'skip' },
      { op: 'detrend', degree: 2, axis: 'index', snv_first: true, ddof: 0, nan: 'skip' },
      savgol,
      { op: 'center_scale', mean: Array(126).fill(0), scale: Array(126).fill(2) },
    ],
    axis,
  )
  const good = spectrum()
  const masked = spectrum()
  masked[60] = Number.NaN
  const inputs = [good, masked, new Float64Array(128).fill(1)]
  const output = new Float64Array(126)
  const rounds = (count: number) => {
    for (let i = 0; i < count; i++) for (const input of inputs) chain.run(input, output)
  }
  const bytes = () => process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers
  const grown = () => {
    if (typeof collect === 'function') collect()
    const before = bytes()
    rounds(1000)
    return bytes() - before
  }
  rounds(20_000)
  // Until the compiler has settled every number that one loop hands to another is boxed: so the best of some goes counts. One array
  // of 126 doubles a spectrum would be 3 MB in every go; what is left is the counting itself.
  let best = grown()
  for (let go = 0; go < 20 && best > 300_000; go++) best = Math.min(best, grown())
  t.ok(best < 300_000, `${best} bytes for 3000 spectra`)
})

t.test('arrays of the wrong length are a broken rule of the program, told as such', async (t) => {
  const chain = buildChain([{ op: 'level' }], axis)
  t.throws(() => chain.run(new Float64Array(127), new Float64Array(128)), { code: 'INVARIANT' })
  t.throws(() => chain.run(new Float64Array(128), new Float64Array(129)), { code: 'INVARIANT' })
})
