import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { loadBundle } from '../../src/models/load.js'
import { inside } from '../support/command-line.js'
import { writeDataFolder } from '../support/data-folder.js'
import { freshFolder, provenance } from '../support/tiny-folder.js'
import { fixture, tinyBundle, tinyGate, valueChanges } from '../support/tiny-model.js'
import { samplesOf, valueBy } from '../support/transfer-sets.js'

/** A value model, and an instrument on which it says 9 too little. */
const scene = async (t: Test) => {
  const folder = freshFolder(t)
  const gate = { ...tinyGate(), scalars: {}, limits: { t2: 100, q: 100 } }
  const bytes = await tinyBundle({ ...valueChanges, gate, limits: {}, provenance: { ...provenance, target: 'band' } }, fixture('moment'))
  const model = await loadBundle(bytes)
  t.teardown(() => model.close())
  const file = join(folder, 'tiny.s2m')
  writeFileSync(file, bytes)
  const truth = async (ratio: readonly number[]) => (await valueBy(model, ratio)) + 9
  const set = async (name: string, count: number, from: number) => writeDataFolder(join(folder, name), await samplesOf(count, { truth, from, name }))
  return { folder, file, standards: await set('standards', 12, 0), others: await set('others', 40, 200), more: await set('more', 40, 100) }
}

t.test('a transfer is written, told as a table, and makes evaluate and predict right', async (t) => {
  const { folder, file, standards, others } = await scene(t)
  const out = join(folder, 'dock.json')
  const { exit, out: table, err } = await inside(t, 'transfer', '--model', file, '--standards', standards, '--out', out)
  t.equal(exit, 0, err)
  for (const line of [/12 objects, 12 spectra of standards/, /RMSE, au/, /^\* bias +\d/m, /pooled recalibration +- +- .*--train/, /PDS.*--master/])
    t.match(table, line)
  t.match(table, /intervals: none hold on this instrument before 39 referenced objects that the gate accepts \(12 so far\)/)
  const evaluate = async (...more: string[]) => JSON.parse((await inside(t, 'evaluate', '--model', file, '--data', others, '--json', ...more)).out)
  const [before, after] = [await evaluate(), await evaluate('--transfer', out)]
  t.ok(before.rmsep > 8 && after.rmsep < 2, `${before.rmsep} becomes ${after.rmsep}`)
  t.strictSame([typeof before.coverage, after.coverage], ['number', null], 'no interval of the bundle is passed off as one of the instrument')
  const predicted = await inside(t, 'predict', '--model', file, '--data', others, '--transfer', out, '--out', '-')
  t.match(predicted.out.split('\n')[1], /,,,interval-unavailable$/)
})

t.test('a transfer of another bundle rejects every spectrum, and says why', async (t) => {
  const { folder, file, standards, others } = await scene(t)
  const out = join(folder, 'dock.json')
  await inside(t, 'transfer', '--model', file, '--standards', standards, '--out', out)
  const other = JSON.parse(readFileSync(out, 'utf8'))
  writeFileSync(out, JSON.stringify({ ...other, bundle: { ...other.bundle, sha256: '0'.repeat(64) } }))
  const { out: lines, err } = await inside(t, 'predict', '--model', file, '--data', others, '--transfer', out, '--out', '-')
  t.match(err, /every spectrum is rejected \(transfer-mismatch\)/)
  t.match(lines.split('\n')[1], /,rejected,transfer-mismatch,,/)
})

t.test('with 39 referenced objects evaluate has intervals again; --json tells what was picked', async (t) => {
  const { folder, file, others, more } = await scene(t)
  const out = join(folder, 'dock.json')
  const { out: text, err } = await inside(t, 'transfer', '--model', file, '--standards', more, '--out', out, '--json')
  const document = JSON.parse(text)
  t.match(document, { transfer: out, bundle: null, picked: 'bias', objects: 40, spectra: 40, intervals: true })
  t.strictSame(
    document.figures.map(({ method }: { method: string }) => method),
    ['none', 'bias', 'slope-bias', 'pooled', 'pds', 'alone'],
  )
  t.match(err, /written: .*dock\.json/)
  const judged = await inside(t, 'evaluate', '--model', file, '--data', others, '--transfer', out, '--json')
  const { coverage, intervalWidth } = JSON.parse(judged.out)
  t.ok(coverage >= 0.8 && intervalWidth < 10, `${coverage}, ${intervalWidth}`)
})

t.test('a new bundle goes beside the transfer that belongs to it', async (t) => {
  const { folder, file, standards, more } = await scene(t)
  const args = ['--model', file, '--standards', standards, '--train', more, '--method', 'pooled', '--out', join(folder, 'pooled.s2m')]
  const { exit, err } = await inside(t, 'transfer', ...args)
  t.equal(exit, 0, err)
  const bundle = await loadBundle(join(folder, 'pooled.s2m'))
  t.teardown(() => bundle.close())
  t.equal(JSON.parse(readFileSync(join(folder, 'pooled.json'), 'utf8')).bundle.sha256, bundle.bundle.sha256)
})

t.test('words that are not known are refused, and nothing is written', async (t) => {
  const { folder, file, standards } = await scene(t)
  const out = join(folder, 'dock.json')
  const wrong = await inside(t, 'transfer', '--model', file, '--standards', standards, '--out', out, '--method', 'magic')
  t.equal(wrong.exit, 64)
  t.match(wrong.err, /none, bias, slope-bias, pooled, pds/)
  t.equal((await inside(t, 'transfer', '--model', file, '--standards', standards, '--out', out, '--target', 'colour')).exit, 65)
  t.notOk(existsSync(out))
})
