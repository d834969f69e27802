import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import t, { type Test } from 'tap'
import { z } from 'zod'
import { command } from '../../src/cli/train.js'
import { progressLine } from '../../src/cli/train-progress.js'
import { loadBundle } from '../../src/models/load.js'
import { madeUpTablets } from '../support/made-up-data.js'
import { manualClock } from '../support/manual-clock.js'

const recipe = (target: string) => `
id: made-up
version: 1.0.0
title: a test
target: ${target}
split: {column: set, train: [train], test: [test]}
chains: [{name: snv, steps: [{op: absorbance, eps: 1.0e-8}, {op: snv, ddof: 0}]}]
models: [pls]
repeats: 1
folds: 3
permutations: 2
population: {components: 4}
seed: 5
`
const byDose = recipe('{kind: limits, column: dose_mg, unit: mg, limits: [150, 250], labels: [weak, plain, strong]}')

/** The made-up tablets as a data set folder, a recipe beside it. */
const workplace = (t: Test) => {
  const directory = t.testdir({ 'recipe.yaml': byDose })
  const { meta, axis, rows } = madeUpTablets()
  const table = [
    ['id', ...meta.label_columns, ...axis.values],
    ...rows.map(({ id, labels, values }) => [id, ...meta.label_columns.map((name) => labels[name] ?? ''), ...values]),
  ]
  mkdirSync(join(directory, 'data'))
  writeFileSync(join(directory, 'data', 'meta.json'), JSON.stringify(meta))
  writeFileSync(join(directory, 'data', 'spectra.csv.gz'), gzipSync(`${table.map((row) => row.join(',')).join('\n')}\n`))
  return directory
}

const run = (directory: string, ...rest: string[]) =>
  command()
    .exitOverride()
    .parseAsync(['--data', join(directory, 'data'), '--out', join(directory, 'm.s2m'), ...rest], { from: 'user' })

/** Both streams while `action` runs. */
const output = async (t: Test, action: () => Promise<unknown>) => {
  const out = t.capture(process.stdout, 'write', () => true)
  const err = t.capture(process.stderr, 'write', () => true)
  try {
    await action()
  } finally {
    out.restore()
    err.restore()
  }
  const text = (calls: readonly { args: unknown[] }[]) => calls.map(({ args }) => String(args[0])).join('')
  return { out: text(out()), err: text(err()) }
}

t.test('writes a bundle that loads; --json is one document on standard output, progress goes to standard error', async (t) => {
  const directory = workplace(t)
  const { out, err } = await output(t, () => run(directory, '--target', 'dose_mg', '--recipe', join(directory, 'recipe.yaml'), '--json'))
  const document = z
    .looseObject({ bundle: z.object({ file: z.string(), sha256: z.string(), bytes: z.number() }), figures: z.record(z.string(), z.unknown()) })
    .parse(JSON.parse(out))
  t.match(err, /linear models/)
  t.ok('balanced-accuracy' in document.figures)
  const model = await loadBundle(document.bundle.file)
  t.teardown(() => model.close())
  t.equal(model.bundle.sha256, document.bundle.sha256)
  t.match(readFileSync(join(directory, 'm.html'), 'utf8'), /<html.*made-up/s, 'the report lies beside it')
})

t.test('contradictions on the command line are refused before anything is trained', async (t) => {
  const directory = workplace(t)
  const file = join(directory, 'recipe.yaml')
  await t.rejects(run(directory, '--target', 'kind', '--recipe', file), { code: 'USAGE', message: /seen: kind; allowed: dose_mg/ })
  await t.rejects(run(directory, '--target', 'dose_mg', '--recipe', file, '--group', 'object'), { code: 'USAGE', where: '--group' })
  await t.rejects(run(directory, '--target', 'dose_mg', '--recipe', file, '--seed', 'x'), { code: 'USAGE', where: '--seed' })
  await t.rejects(run(directory, '--target', 'dose_mg', '--recipe', `${file}.not`), { code: 'CONFIG_INVALID', message: /no such file/ })
  await t.rejects(run(directory, '--target', 'dose_mg', '--out', join(directory, 'no', 'm.s2m')), { code: 'FILE_FAILED', where: /--out/ })
  await t.rejects(run(directory, '--target', 'kind', '--report', join(directory, 'no', 'm.html')), { code: 'FILE_FAILED', where: /--report/ })
  await t.rejects(run(directory, '--target', 'kind', '--models', 'svm'), { code: 'USAGE', where: '--models', message: /pls, ridge, pca-lda/ })
  await t.rejects(run(directory, '--target', 'kind', '--priors', 'even'), { code: 'USAGE', message: /balanced or empirical/ })
  await t.rejects(run(directory, '--target', 'dose_mg', '--recipe', file, '--unit', 'g'), { code: 'USAGE', where: '--unit' })
  await t.rejects(run(directory, '--target', 'kind', '--drop', 'nobody'), { code: 'DATA_INVALID', message: /"nobody"/ })
  await t.rejects(run(directory, '--target', 'colour'), { code: 'DATA_INVALID', message: /no column "colour"/ })
})

t.test('a report for people says what won, every figure with its interval and meaning, and what to beware of', async (t) => {
  const directory = workplace(t)
  const { out } = await output(t, () =>
    run(directory, '--target', 'kind', '--group', 'object', '--models', 'ridge', '--repeats', '1', '--drop', '1-1,1-2'),
  )
  t.match(out, /238 spectra of 119 objects trained; judged by nested cross-validation, 1 x 5 folds, "object" kept together/)
  t.match(out, /Ridge behind "/)
  t.match(out, /balanced-accuracy +[01]\.\d+ +[\d.]+ to [\d.]+ +mean over the classes/)
  t.match(out, /2 dropped/)
  t.match(out, /true class: answers in the order plain, strong, weak/)
  t.match(out, /note: .*"dose_mg"/, 'a column that gives the label away')
})

t.test('progress shows each new step at once and the same step once a second at most', async (t) => {
  const { err } = await output(t, async () => {
    const clock = manualClock()
    const tell = progressLine(clock)
    tell('one', 0)
    tell('one', 0.1)
    await clock.advance(999)
    tell('one', 0.2)
    await clock.advance(1)
    tell('one', 0.3)
    tell('two', 0.5)
  })
  t.equal(err, 'one\none 30 %, about 3 s left\ntwo 50 %\n')
})
