import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { z } from 'zod'
import { command } from '../../src/cli/measure.js'
import { onAxis } from '../../src/datasets/ratio.js'
import { resultSchema } from '../../src/delivery/payloads.js'
import { parseAxisFile } from '../../src/instruments/axis-file.js'
import { startAgentChild } from '../support/agent-child.js'
import { AXIS, BUNDLE, chromationAt, INSTRUMENT, writeAgentConfig } from '../support/agent-config.js'
import { runCommand } from '../support/command.js'
import { drawnTablets } from '../support/data-folder.js'
import { type EmulatedChromation, emulateChromation } from '../support/emulated-chromation.js'

t.setTimeout(90_000)

const DENSITY = 2.3
const NOBODY = 'mqtt://127.0.0.1:9'

/** An emulated instrument, a configuration that names it, and `measure` with it. */
const bench = async (t: Test, more: Readonly<Record<string, unknown>> = {}) => {
  const instrument = await emulateChromation({ seed: 3 })
  t.teardown(() => instrument.close())
  const folder = t.testdir({ tmp: {} })
  const config = writeAgentConfig(folder, { brokerUrl: NOBODY, bundle: BUNDLE, instruments: [chromationAt(instrument.url, more)] })
  const measure = (...args: string[]) => runCommand(['measure', '--config', config, ...args], join(folder, 'tmp'))
  return { folder, config, measure, ...instrument }
}

const { axis: instrumentAxis } = parseAxisFile(readFileSync(AXIS, 'utf8'), AXIS)
const tablets = drawnTablets(1)
const [tablet] = tablets.rows
const ratio = onAxis(
  tablets.axis,
  (tablet?.values ?? new Float64Array(0)).map((value) => 10 ** -value),
  instrumentAxis,
)
const showTablet = ({ light }: Pick<EmulatedChromation, 'light'>) => light.show({ kind: 'sample', name: 'tablet', ratio })

t.test('dark, white through a filter, then a tablet: the shipped model answers, and the CSV holds what was measured', async (t) => {
  const { measure, folder, light } = await bench(t)
  const without = await measure()
  t.equal(without.code, 0, 'a refusal is an answer')
  t.match(without.out, /^rejected: dark-missing/)

  const early = await measure('--white', '--density', String(DENSITY))
  t.equal(early.code, 65)
  t.match(early.err, /white: the reference .* cannot be used; seen: no dark that holds.*what to do: measure a dark at 100000 microseconds first/)

  const dark = await measure('--dark')
  t.equal(dark.code, 0, dark.err)
  t.match(dark.out, /^dark reference [0-9A-Z]{26}: mean \d+(\.\d)? counts at 100 ms\.$/)

  light.show({ kind: 'white', density: DENSITY })
  const white = await measure('--white', '--density', String(DENSITY), '--json')
  t.equal(white.code, 0, white.err)
  const reference = z
    .looseObject({ reference: z.string(), kind: z.literal('white'), density: z.number(), dark: z.string() })
    .parse(JSON.parse(white.out))
  t.equal(reference.density, DENSITY)
  t.match(dark.out, reference.dark, 'the white is named with the dark before it')

  showTablet({ light })
  const words = await measure()
  t.match(words.out, /^accepted: under, confidence (0\.\d\d|1\.00)$/)

  const file = join(folder, 'tablet.csv')
  const answered = await measure('--out', file, '--json', '--instrument', INSTRUMENT)
  t.equal(answered.code, 0, answered.err)
  const result = resultSchema.parse(JSON.parse(answered.out))
  t.match(result, { verdict: 'accepted', label: 'under', instrument: INSTRUMENT, references: { dark: reference.dark, white: reference.reference } })
  t.equal(result.acquisition.axis, instrumentAxis.id)

  const [title = '', header, ...lines] = readFileSync(file, 'utf8').trimEnd().split('\n')
  t.equal(title, `# instrument ${INSTRUMENT}, seq ${result.seq}, ${result.time}`)
  t.equal(header, 'wavelength_nm,counts,transmittance')
  const rows = lines.map((line) => line.split(',').map(Number))
  t.strictSame(
    rows.map(([nm]) => nm),
    [...instrumentAxis.values],
  )
  t.ok(rows.every(([, counts = -1]) => Number.isInteger(counts) && counts >= 0 && counts <= 65_535))
  const bright = rows.flatMap(([, , seen = 0], i) => ((ratio[i] ?? 0) > 2e-4 ? [seen / (ratio[i] ?? 1)] : []))
  t.ok(bright.length > 30 && bright.every((share) => share > 0.8 && share < 1.25), 'the ratio is what was shown, the filter taken into account')
})

t.test('an overexposed white and a dark with the lamp on are refused, each with its cure', async (t) => {
  const { measure, light } = await bench(t)
  light.show({ kind: 'flood' })
  const dark = await measure('--dark')
  t.equal(dark.code, 65)
  t.match(dark.err, /dark: .*at full scale.*what to do: close the shutter or cover the probe/)
  light.show({ kind: 'dark' })
  t.equal((await measure('--dark')).code, 0)
  light.show({ kind: 'white', density: 0 })
  const white = await measure('--white')
  t.equal(white.code, 65)
  t.match(white.err, /white: .*at full scale at 100000 microseconds.*what to do: shorten the exposure, or take the white through a filter/)
})

t.test('an instrument that an agent holds is not touched: 69, and the request to send instead', async (t) => {
  const { measure, config } = await bench(t)
  const agent = startAgentChild(config)
  t.teardown(() => agent.kill())
  await agent.logged(/the agent runs/)
  const plain = await measure()
  t.equal(plain.code, 69)
  t.match(plain.err, `what to do: ask it: mosquitto_pub -h 127.0.0.1 -p 9 -t 'spectro2mqtt/box-1/request/measure' -m '{}'`)
  const white = await measure('--white', '--density', '2.3', '--instrument', INSTRUMENT)
  t.equal(white.code, 69)
  t.match(white.err, `-t 'spectro2mqtt/box-1/request/white' -m '{"density":2.3,"instrument":"${INSTRUMENT}"}'`)
  t.equal(white.out, '')
})

t.test('no instrument, one that is silent and one that is not there each end with their code and place', async (t) => {
  const folder = t.testdir({})
  const none = writeAgentConfig(folder, { brokerUrl: NOBODY })
  const nothing = await runCommand(['measure', '--config', none], folder)
  t.equal(nothing.code, 69)
  t.match(nothing.err, /no instrument was found; .*what to do: plug one in, or configure it/)

  const mute = createServer((socket) => socket.resume()).listen(0, '127.0.0.1')
  await once(mute, 'listening')
  const address = mute.address()
  const url = `tcp://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
  const silent = await runCommand(['measure', '--config', writeAgentConfig(folder, { brokerUrl: NOBODY, instruments: [chromationAt(url)] })], folder)
  t.equal(silent.code, 69)
  t.match(silent.err, new RegExp(`${url}: the instrument stayed silent`))
  mute.close()
  await once(mute, 'close')
  const gone = await runCommand(['measure', '--config', none], folder)
  t.equal(gone.code, 74)
  t.match(gone.err, new RegExp(`${url}: .*ECONNREFUSED.*what to do: is the serial server running`))
})

t.test('a command line that contradicts itself is refused before anything is opened', async (t) => {
  const folder = t.testdir({})
  const config = writeAgentConfig(folder, { brokerUrl: NOBODY, instruments: [chromationAt('tcp://127.0.0.1:9')] })
  const run = (...args: string[]) =>
    command()
      .exitOverride()
      .configureOutput({ writeErr: () => {} })
      .parseAsync(['--config', config, ...args], { from: 'user' })
  for (const [args, message] of [
    [['--dark', '--white'], /seen: --dark and --white; allowed: one of them/],
    [['--density', '1'], /--density: .*seen: no --white; allowed: --white --density OD/],
    [['--dark', '--density', '1'], /--density: .*seen: no --white/],
    [['--out', 'spectrum.txt'], /--out: .*seen: spectrum\.txt; allowed: a file ending in \.csv or \.jdx/],
    [['--dark', '--out', 'dark.csv'], /--out: .*seen: a reference/],
    [['--instrument', 'other'], /--instrument: .*seen: other; allowed: spectro-1/],
  ] as const)
    await t.rejects(run(...args), { code: 'USAGE', message }, args.join(' '))
  for (const density of ['6.1', 'thick', '-1', ''])
    await t.rejects(run('--white', '--density', density), { code: 'commander.invalidArgument', message: /allowed: 0 to 6/ }, density)
  await t.rejects(run('--drak'), { code: 'commander.unknownOption', message: /--drak[\s\S]*--dark/ })
  const { code, err } = await runCommand(['measure', '--config', join(folder, 'nowhere.yaml'), '--dark'], folder)
  t.equal(code, 78)
  t.match(err, /nowhere\.yaml: the configuration cannot be used.*what to do: name the file with --config/)
  t.equal((await runCommand(['measure', '--dark', '--white'], folder)).code, 64)
})

t.test('a file that cannot be written is named, and what was measured is not passed off as saved', async (t) => {
  const { measure, folder } = await bench(t)
  const file = join(folder, 'no-such-folder', 'tablet.csv')
  const { code, err, out } = await measure('--out', file)
  t.equal(code, 74)
  t.match(err, file)
  t.match(err, /file cannot be written/)
  t.equal(out, '')
})
