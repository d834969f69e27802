import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import t from 'tap'
import { goldenCommand } from '../../src/cli/golden/command.js'
import { firstDifference, judge } from '../../src/cli/golden/judge.js'
import type { GoldenCase } from '../../src/cli/golden/schema.js'

const root = join(import.meta.dirname, '../..')

t.test('a value just outside the tolerance, a NaN too many or too few and a wrong length are differences', async (t) => {
  t.equal(firstDifference([1, 2.0000019], [1, 2], 0.5e-6, 1e-6), null, 'atol + rtol |want|')
  t.match(firstDifference([1, 2.0000021], [1, 2], 0.5e-6, 1e-6), /^index 1: got 2\.0000021, want 2$/)
  t.match(firstDifference([Number.NaN], [1], 1, 1), /index 0: got NaN, want 1/)
  t.match(firstDifference([1], [Number.NaN], 1, 1), /index 0: got 1, want NaN/)
  t.match(firstDifference([1, 2], [1], 1, 1), /got 2 values, want 1/)
  t.match(firstDifference([Number.POSITIVE_INFINITY], [1], 1, 1), /index 0/)
})

const made = (
  kind: GoldenCase['kind'],
  params: GoldenCase['params'],
  input: GoldenCase['input'],
  output: GoldenCase['output'],
  further: object = {},
): GoldenCase => ({
  name: 'made',
  kind,
  params,
  rtol: 1e-9,
  atol: 1e-12,
  input,
  output,
  ...further,
})

t.test('a wrong number, a degenerate spectrum that is given out and a refusal that does not come all fail', async (t) => {
  t.match(judge('absorbance', made('value', { eps: 1e-8 }, [0.1, 1], [1, 0.5])), { at: 'failed', why: /index 1/ })
  t.match(judge('absorbance', made('degenerate', { eps: 1e-8 }, [1, 1], [])), { at: 'failed', why: /reported as unusable/ })
  t.match(judge('absorbance', made('error', { eps: 1e-8 }, [1, 1], [])), { at: 'failed', why: /must be refused/ })
  t.match(judge('snv', made('value', { ddof: 0 }, [1, 1], [0, 0])), { at: 'failed', why: /flat/ })
  t.match(judge('absorbance', made('value', {}, [1, 1], [0, 0])), { at: 'failed', why: /eps/ })
  t.strictSame(judge('alchemy', made('value', {}, [1, 1], [0, 0])), { at: 'skipped', operation: 'alchemy' })
})

t.test('a list of spectra is judged row by row', async (t) => {
  const rows = [
    [0.1, 1],
    [0.01, 0.1],
  ]
  const right = [
    [1, 0],
    [2, 1],
  ]
  t.strictSame(judge('absorbance', made('value', { eps: 1e-8 }, rows, right)), { at: 'passed' })
  t.match(
    judge(
      'absorbance',
      made('value', { eps: 1e-8 }, rows, [
        [1, 0],
        [2, 2],
      ]),
    ),
    { at: 'failed', why: /^row 1, index 1/ },
  )
  t.match(judge('absorbance', made('value', { eps: 1e-8 }, rows, [...right, [1, 1]])), { at: 'failed', why: /row 2 was not computed/ })
})

t.test('predictions, transfers and gates are judged too, with their inputs', async (t) => {
  const model = { coefficients: [1, 2], intercept: 3 }
  t.strictSame(judge('pls_predict', made('value', {}, [[1, 1]], [6], model)), { at: 'passed' })
  t.match(judge('pls_predict', made('value', {}, [[1, 1]], [7], model)), { at: 'failed', why: /got 6, want 7/ })
  t.match(judge('pls_predict', made('value', {}, [[1, 1, 1]], [6], model)), { at: 'failed', why: /3 channels/ })
  t.match(judge('pls_predict', made('error', {}, [[1, 1]], [])), { at: 'failed', why: /cannot be read/ }, 'a case without its model is no refusal')
  t.strictSame(judge('transfer', made('value', { method: 'bias' }, [1, 2], [2, 3], { reference: [2, 3] })), { at: 'passed' })
  t.strictSame(judge('transfer', made('degenerate', { method: 'slope_bias' }, [1, 1], [], { reference: [2, 3] })), { at: 'passed' })
  t.match(judge('transfer', made('degenerate', { method: 'slope_bias' }, [1, 2], [], { reference: [2, 3] })), { at: 'failed', why: /unusable/ })
  t.strictSame(judge('transfer', made('error', { method: 'magic' }, [1, 2], [])), { at: 'passed' })
  const gate = { mean: [0, 0], loadings: [[1, 0]], variances: [4] }
  const input = [[2, 3]]
  t.strictSame(judge('t2_q', made('value', { components: 1 }, input, { t2: [1], q: [9] }, gate)), { at: 'passed' })
  t.match(judge('t2_q', made('value', { components: 1 }, input, { t2: [1], q: [8] }, gate)), { at: 'failed', why: /^q, index 0/ })
  t.match(judge('t2_q', made('value', { components: 1 }, input, { t2: [1], q_limit: 1 }, gate)), { at: 'failed', why: /q_limit was not computed/ })
})

const golden = (...paths: string[]) => {
  let stdout = ''
  let stderr = ''
  const status = goldenCommand(paths, {
    out: (text) => {
      stdout += text
    },
    err: (text) => {
      stderr += text
    },
  })
  return { status, stdout, stderr }
}

t.test('the command names each failing case and ends with the sums; its exit code says how it went', async (t) => {
  const folder = t.testdir({
    'good.json': JSON.stringify({ algo: 'absorbance', formula: '', nan: '', cases: [made('value', { eps: 1e-8 }, [0.1, 1], [1, 0])] }),
    'bad.json': JSON.stringify({ algo: 'snv', formula: '', nan: '', cases: [made('value', { ddof: 0 }, [1, 2], [0, 0])] }),
    'other.json': JSON.stringify({ algo: 'alchemy', formula: '', nan: '', cases: [made('value', {}, [1, 2], [0, 0])] }),
    'torn.json': '{"algo": "snv", "cas',
    'foreign.json': '{"algo": "snv"}',
    empty: {},
  })
  const good = golden(join(folder, 'good.json'))
  t.match(good, { status: 0, stdout: '1 passed, 0 failed, 0 skipped\n' })
  const mixed = golden(join(folder, 'good.json'), join(folder, 'bad.json'), join(folder, 'other.json'))
  t.equal(mixed.status, 1)
  t.strictSame(mixed.stdout.split('\n'), [
    'failed: bad.json: made: index 0: got -1, want 0',
    'skipped: alchemy: no such operation (1 cases)',
    '1 passed, 1 failed, 1 skipped',
    '',
  ])
  t.match(golden(), { status: 64, stderr: /no path/ })
  t.match(golden(join(folder, 'torn.json')), { status: 65, stderr: /torn\.json.*JSON/ })
  t.match(golden(join(folder, 'foreign.json')), { status: 65, stderr: /foreign\.json.*formula/ })
  t.match(golden(join(folder, 'absent.json')), { status: 65, stderr: /absent\.json.*ENOENT/ })
  t.match(golden(join(folder, 'empty')), { status: 65, stderr: /without \.json files/ })
})

t.test('the script hands its arguments over and leaves with the exit code', async (t) => {
  const script = join(root, 'src/cli/golden/main.ts')
  const { status, stdout } = spawnSync(process.execPath, [...process.execArgv, script, join(root, 'test/golden/dead_pixel.json')], {
    encoding: 'utf8',
  })
  t.equal(stdout, '3 passed, 0 failed, 0 skipped\n')
  t.equal(status, 0)
})
