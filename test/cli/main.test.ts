import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { commands } from '../../src/cli/commands.js'
import { askedFor } from '../../src/cli/program.js'
import { version } from '../../src/cli/version.js'
import { inside, pipedLate, runCommand, startCommand } from '../support/command-line.js'

t.test('help lists every command with its summary', async (t) => {
  const { exit, out } = await inside(t, '--help')
  t.equal(exit, 0)
  const flat = out.replace(/ \[options\]| <\w+>/g, '').replace(/\s+/g, ' ')
  for (const [name, { summary }] of Object.entries(commands)) t.ok(flat.includes(` ${name} ${summary}`), name)
  t.match(out, /spectro2mqtt demo/)
})

t.test('what cannot be understood ends with 64 at every level, and with what was meant', async (t) => {
  t.match(await inside(t, 'bogus'), { exit: 64, err: /unknown command 'bogus'\n.*--help/ })
  t.match(await inside(t, 'devises'), { exit: 64, err: /Did you mean devices/ })
  t.match(await inside(t, '--bogus'), { exit: 64, err: /unknown option '--bogus'/ })
  t.match(await inside(t, 'devices', '--bogus'), { exit: 64, err: /unknown option '--bogus'/ })
  t.match(await inside(t, 'config', 'check', '--bogus'), { exit: 64, err: /unknown option '--bogus'/ })
  t.match(await inside(t, 'devices', 'too', 'many'), { exit: 64, err: /too many arguments/ })
  t.match(await inside(t), { exit: 64, err: /Usage/ })
})

t.test('the version is that of the package', async (t) => {
  t.match(await inside(t, '--version'), { exit: 0, out: new RegExp(`^${version().replaceAll('.', '\\.')}\n$`) })
  t.match(version(), /^\d+\.\d+\.\d+/)
})

t.test('every command explains itself with an example or the way to begin', async (t) => {
  for (const name of Object.keys(commands)) {
    const { exit, out } = await inside(t, name, '--help')
    t.equal(exit, 0, name)
    t.match(out, new RegExp(`Usage: .*${name}`), name)
    if (name !== 'train') t.match(out, /spectro2mqtt|Without/, name)
  }
  t.match(await inside(t, 'help', 'simulate'), { exit: 0, out: /--listen/ }, 'help NAME loads that command')
})

t.test('the first word decides which command is loaded, not a word of its arguments', async (t) => {
  t.equal(askedFor(['measure', '--out', 'train']), 'measure')
  t.equal(askedFor(['--json', 'devices']), 'devices')
  t.equal(askedFor(['help', 'run']), 'run')
  t.equal(askedFor(['--version']), undefined)
})

t.test('a mistake in the configuration ends with 78 and names its line and key', async (t) => {
  const file = join(t.testdir({ 'c.yaml': 'mqtt:\n  url: "mqtt://127.0.0.1:1883"\n  pasword: x\n' }), 'c.yaml')
  t.match(await inside(t, 'config', 'check', '--config', file), { exit: 78, out: '', err: /c\.yaml:3.*pasword/ })
  t.match(await inside(t, 'config', 'check', '--config', `${file}.not`), { exit: 78, err: /no such file/ })
})

t.test('a configuration that names what is not there ends with 78 and names the key', async (t) => {
  const folder = t.testdir({ 'axis.csv': 'wavelength_nm\n1\n2\n', 'm.s2m': '', 'p.txt': 'x' })
  const check = (text: string) => {
    writeFileSync(join(folder, 'c.yaml'), text)
    return inside(t, 'config', 'check', '--config', join(folder, 'c.yaml'))
  }
  const tcp = 'link: "tcp://127.0.0.1:1"'
  t.match(await check(`instruments: [{${tcp}, family: chromatin}]`), {
    exit: 78,
    err: /instruments\[0\]\.family: .*"chromatin"; allowed: chromation, ocean-ooi/,
  })
  t.match(await check(`instruments: [{${tcp}, family: ocean-ooi}]`), { exit: 78, err: /instruments\[0\]\.link: .*allowed: usb:SERIAL/ })
  t.match(await check(`instruments: [{${tcp}, family: chromation, axis: no.csv}]`), { exit: 78, err: /instruments\[0\]\.axis: .*no such file/ })
  t.match(await check('models: {default: {bundle: no.s2m}}'), { exit: 78, err: /models\.default\.bundle: .*no such file.*relative to/ })
  t.match(await check('models: {default: {bundle: .}}'), { exit: 78, err: /which is no file/ })
  t.match(await check('mqtt: {passwordFile: no.txt}'), { exit: 78, err: /mqtt\.passwordFile: .*no such file/ })
  t.match(await check('mqtt: {tls: {caFile: no.pem}}'), { exit: 78, err: /mqtt\.tls\.caFile: .*no such file/ })
  const all = `mqtt: {passwordFile: p.txt}\ninstruments: [{${tcp}, family: chromation, axis: axis.csv}]\nmodels: {default: {bundle: m.s2m}}`
  t.match(await check(all), { exit: 0, out: /1 instrument configured, 1 model slot/ })
})

t.test('documents for programs are one JSON document and nothing else', async (t) => {
  const file = join(t.testdir({ 'c.yaml': '{}\n' }), 'c.yaml')
  for (const args of [
    ['config', 'schema'],
    ['config', 'check', '--json', '--config', file],
    ['config', 'print', '--json'],
    ['devices', '--json'],
    ['devices', '--udev', '--json'],
  ]) {
    const { exit, out } = await inside(t, ...args)
    t.equal(exit, 0, args.join(' '))
    t.doesNotThrow(() => JSON.parse(out), args.join(' '))
  }
})

t.test("as a process: the exit code is the table's, errors go to standard error, and a reader that goes away is no crash", async (t) => {
  t.match(await runCommand('bogus'), { exit: 64, out: '', err: /unknown command/ })
  const unheard = startCommand(['simulate', 'chromation', '--listen', 'tcp://127.0.0.1:0'])
  t.teardown(() => unheard.child.kill('SIGKILL'))
  unheard.child.stdout.destroy()
  unheard.child.stdin.write('flood\ndark\n')
  // The last word comes in a turn of its own, after those before it were answered in vain.
  setTimeout(() => unheard.child.stdin.end('quit\n'), 1000)
  t.match(await unheard.ended, { exit: 0, err: '' })
})

/** Bytes that a pipe of Linux holds. */
const PIPE_BYTES = 65_536

t.test('a document that is larger than a pipe reaches a reader that is late in whole', async (t) => {
  const bundle = fileURLToPath(new URL('../../models/tablet-dose/tablet-dose.s2m', import.meta.url))
  const document = await pipedLate(2, 'bundle', 'inspect', bundle, '--json')
  t.ok(document.length > PIPE_BYTES, `${document.length} bytes`)
  t.doesNotThrow(() => JSON.parse(document))
})
