import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import t, { type Test } from 'tap'
import { z } from 'zod'
import { command, progressLine, reportTable } from '../../src/cli/train.js'
import { loadBundle } from '../../src/models/load.js'
import { madeUpTablets } from '../support/made-up-data.js'
import { manualClock } from '../support/manual-clock.js'

const recipe = (target: string) => `
id: made-up
version: 1.0.0
title: a test
target: ${target}
split: {column: set, train: [train], test: [test]}
quantity: transmittance
chain: [{op: absorbance, eps: 1.0e-8}, {op: snv, ddof: 0}]
cnn: {convs: [], hidden: [8], epochs: 6, batch: 32, learningRate: 0.01, dropout: 0, weightDecay: 0.001}
folds: 2
draws: {train: 1, judge: 1}
pls: {components: 4}
gate: {components: 3, alpha: 0.02, margin: 0.25}
confidence: 0.8
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
  t.match(err, /cross-fit of the network/)
  t.ok('balanced-accuracy' in document.figures)
  const model = await loadBundle(document.bundle.file)
  t.teardown(() => model.close())
  t.equal(model.bundle.sha256, document.bundle.sha256)
})

t.test('contradictions on the command line are refused before anything is trained', async (t) => {
  const directory = workplace(t)
  const file = join(directory, 'recipe.yaml')
  await t.rejects(run(directory, '--target', 'kind', '--recipe', file), { code: 'USAGE', message: /seen: kind; allowed: dose_mg/ })
  await t.rejects(run(directory, '--target', 'dose_mg', '--recipe', file, '--group', 'object'), { code: 'USAGE', where: '--group' })
  await t.rejects(run(directory, '--target', 'dose_mg', '--recipe', file, '--seed', 'x'), { code: 'USAGE', where: '--seed' })
  await t.rejects(run(directory, '--target', 'dose_mg', '--recipe', `${file}.not`), { code: 'CONFIG_INVALID', message: /no such file/ })
  await t.rejects(run(directory, '--target', 'dose_mg', '--out', join(directory, 'no', 'm.s2m')), { code: 'FILE_FAILED', where: /--out/ })
  await t.rejects(run(directory, '--target', 'colour'), { code: 'DATA_INVALID', message: /no column "colour"/ })
})

t.test('a report for people names every figure, its interval and what it means', async (t) => {
  const text = reportTable({
    labels: ['a', 'b'],
    objects: { train: 10, test: 4 },
    leftOut: { unlabelled: 2, unfit: 1 },
    figures: { 'balanced-accuracy': { value: 0.75, interval: [0.5, 1] }, 'agreement-int8-fp32': { value: 1, interval: null } },
    confusion: [
      [1, 1],
      [0, 2],
    ],
    plsComponents: [3],
  })
  t.match(text, /balanced-accuracy +0\.750 +0\.500 to 1\.000 +int8 network, test objects/)
  t.match(text, /10 spectra trained, 4 judged; left out: 2 without a usable label, 1 without/)
  t.match(text, /agreement-int8-fp32 +1\.000/)
  t.match(text, / {2}a: 1, 1\n {2}b: 0, 2$/)
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
  t.equal(err, 'one\none 30 %\ntwo 50 %\n')
})
