import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { z } from 'zod'
import { command } from '../../src/cli/record.js'
import { openDataset } from '../../src/datasets/open.js'
import { onAxis } from '../../src/datasets/ratio.js'
import { parseAxisFile } from '../../src/instruments/axis-file.js'
import { startAgentChild } from '../support/agent-child.js'
import { AXIS, chromationAt, INSTRUMENT, writeAgentConfig } from '../support/agent-config.js'
import { runCommand } from '../support/command.js'
import { drawnTablets } from '../support/data-folder.js'
import { emulateChromation } from '../support/emulated-chromation.js'

t.setTimeout(90_000)

const DENSITY = 2.3
const NOBODY = 'mqtt://127.0.0.1:9'
const { axis } = parseAxisFile(readFileSync(AXIS, 'utf8'), AXIS)
const tablets = drawnTablets(2)

/** An emulated instrument, a configuration that names it, and the program with both. */
const bench = async (t: Test) => {
  const instrument = await emulateChromation({ seed: 3 })
  t.teardown(() => instrument.close())
  const folder = t.testdir({ tmp: {} })
  const configure = (more: { bundle?: string } = {}) =>
    writeAgentConfig(folder, { brokerUrl: NOBODY, instruments: [chromationAt(instrument.url)], ...more })
  const config = configure()
  const run = (verb: string, ...args: string[]) => runCommand([verb, '--config', config, ...args], join(folder, 'tmp'))
  const out = join(folder, 'tablets')
  const show = (n: number) => {
    const absorbance = tablets.rows[n]?.values ?? new Float64Array(0)
    const ratio = onAxis(
      tablets.axis,
      absorbance.map((value) => 10 ** -value),
      axis,
    )
    instrument.light.show({ kind: 'sample', name: `tablet ${n}`, ratio })
    return ratio
  }
  const references = async () => {
    instrument.light.show({ kind: 'dark' })
    t.equal((await run('measure', '--dark')).code, 0)
    instrument.light.show({ kind: 'white', density: DENSITY })
    t.equal((await run('measure', '--white', '--density', String(DENSITY))).code, 0)
  }
  return { folder, config, configure, run, out, show, references, ...instrument }
}

t.test('labelled spectra become a data set folder, before there is any model', async (t) => {
  const { run, out, folder, show, references, configure } = await bench(t)
  const record = (...args: string[]) => run('record', '--out', out, ...args)
  const early = await record('--label', 'under')
  t.equal(early.code, 65)
  t.match(early.err, /seen: dark-missing: no dark reference.*what to do: close the shutter and run spectro2mqtt measure --dark/)
  t.notOk(existsSync(out), 'nothing is made for nothing')

  await references()
  configure({ bundle: join(folder, 'not-made-yet.s2m') })
  const ratio = show(0)
  const first = await record('--label', 'under', '--object', 'tablet 1', '--count', '2')
  t.equal(first.code, 0, first.err)
  t.match(first.out, new RegExp(`^${INSTRUMENT}-\\d+ is row 1 of ${out}.*\\n${INSTRUMENT}-\\d+ is row 2 of `))
  show(1)
  const second = await record('--label', 'over', '--count', '2', '--json')
  t.equal(second.code, 0, second.err)
  const told = z
    .object({ rows: z.literal(4), dataset: z.literal(out), saved: z.array(z.object({ id: z.string() }).loose()).length(2) })
    .loose()
    .parse(JSON.parse(second.out))

  const set = openDataset(out)
  t.equal(set.axis.id, axis.id)
  t.match(set.meta, { axis_kind: 'wavelength-nm', quantity_kind: 'transmittance', geometry: 'transmittance', device: INSTRUMENT })
  t.strictSame(set.meta.label_columns, ['label', 'object', 'group', 'session', 'instrument', 'time'])
  t.strictSame(
    set.rows.map(({ labels }) => [labels['label'], labels['object'], labels['instrument']]),
    [
      ['under', 'tablet 1', INSTRUMENT],
      ['under', 'tablet 1', INSTRUMENT],
      ['over', told.saved[0]?.id, INSTRUMENT],
      ['over', told.saved[0]?.id, INSTRUMENT],
    ],
    'spectra of one call are of one piece',
  )
  t.ok(set.rows.every(({ labels }) => /^\d{4}-\d\d-\d\dT/.test(labels['time'] ?? '') && labels['time']?.startsWith(labels['session'] ?? 'x')))
  const bright = [...(set.rows[0]?.values ?? [])].flatMap((seen, i) =>
    (ratio[i] ?? 0) > 2e-4 && Number.isFinite(seen) ? [seen / (ratio[i] ?? 1)] : [],
  )
  t.ok(bright.length > 30 && bright.every((share) => share > 0.8 && share < 1.25), 'what was shown, the filter taken into account')

  const reflecting = await record('--label', 'under', '--column', 'kind')
  t.equal(reflecting.code, 65)
  t.match(reflecting.err, /no column "kind"; allowed: label, object.*what to do: begin another folder/)

  const file = join(folder, 'tablet.jdx')
  configure()
  t.equal((await run('measure', '--out', file)).code, 0)
  const { rows, meta } = openDataset(file)
  t.match(meta, { axis_kind: 'wavelength-nm', quantity_kind: 'transmittance', geometry: 'transmittance' })
  t.match(rows[0]?.id, new RegExp(`^${INSTRUMENT} \\d+$`))
  const same = [...(rows[0]?.values ?? [])].flatMap((value, i) => {
    const other = set.rows[3]?.values[i] ?? Number.NaN
    return value > 2e-4 && other > 2e-4 ? [value / other] : []
  })
  t.ok(same.length > 30 && same.every((share) => share > 0.8 && share < 1.25), 'and the same tablet in a JCAMP-DX file')
})

t.test('a saturated spectrum is not recorded', async (t) => {
  const { run, out, references, light } = await bench(t)
  await references()
  light.show({ kind: 'flood' })
  const { code, err } = await run('record', '--label', 'a', '--out', out)
  t.equal(code, 65)
  t.match(err, /\d+ of \d+ pixels at full scale; .*what to do: change integrationUs/)
  t.notOk(existsSync(out))
  const jdx = await run('measure', '--out', join(out, '..', 'flood.jdx'))
  t.equal(jdx.code, 65, 'nor is there a ratio for a JCAMP-DX file')
})

t.test('an instrument that an agent holds is not touched: 69, and how to go on', async (t) => {
  const { run, out, config } = await bench(t)
  const agent = startAgentChild(config)
  t.teardown(() => agent.kill())
  await agent.logged(/the agent runs/)
  const { code, err } = await run('record', '--label', 'a', '--out', out)
  t.equal(code, 69)
  t.match(err, /what to do: stop it while you record \(systemctl stop spectro2mqtt\); .*spectro2mqtt\/box-1\/request\/measure/)
})

t.test('a command line that cannot be carried out is refused before anything is opened', async (t) => {
  const folder = t.testdir({})
  const config = writeAgentConfig(folder, { brokerUrl: NOBODY, instruments: [chromationAt('tcp://127.0.0.1:9')] })
  const run = (...args: string[]) =>
    command()
      .exitOverride()
      .configureOutput({ writeErr: () => {} })
      .parseAsync(['--config', config, '--out', join(folder, 'set'), ...args], { from: 'user' })
  for (const [args, message] of [
    [['--label', ' '], /--label: .*seen: "/],
    [['--label', 'a,b'], /label: .*seen: "a,b"; allowed: text without commas/],
    [['--label', 'a '], /label: .*seen: "a "/],
    [['--label', 'a', '--object', 'x"y'], /object: /],
    [['--label', 'a', '--column', 'object'], /--column: .*seen: object/],
    [['--label', 'a', '--column', 'id'], /--column: .*seen: id/],
    [['--label', 'a', '--count', '0'], /--count: .*seen: "0"; allowed: 1 to 1000/],
    [['--label', 'a', '--count', '1001'], /--count/],
  ] as const)
    await t.rejects(run(...args), { code: 'USAGE', message }, args.join(' '))
  await t.rejects(run(), { code: 'commander.missingMandatoryOptionValue', message: /--label/ })
})
