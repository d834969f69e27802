import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { brokerFinding } from '../../src/cli/doctor/broker.js'
import { exitOf, fail, ok, perform, warn } from '../../src/cli/doctor/check.js'
import { axisFinding, familiesFinding, foundFinding, placeFinding } from '../../src/cli/doctor/instruments.js'
import { clockFinding, nodeVersion, trainingParts } from '../../src/cli/doctor/machine.js'
import { folderFinding, spaceFinding, stateChecks } from '../../src/cli/doctor/state.js'
import { line } from '../../src/cli/doctor.js'
import { Failure } from '../../src/failures.js'
import type { Description } from '../../src/instruments/contract.js'
import { parseSettings } from '../../src/settings/load.js'
import { openStore } from '../../src/store/open.js'
import { systemClock } from '../../src/system-clock.js'
import { inside } from '../support/command-line.js'
import { fakeDescription } from '../support/fake-instrument.js'
import { manualClock } from '../support/manual-clock.js'
import { freePort, startMosquitto, withoutMosquitto } from '../support/mosquitto.js'

const models = fileURLToPath(new URL('../../models/tablet-dose/', import.meta.url))
const limits = { maxBytes: 1e6, maxRecords: 1000, maxAgeMs: 1e9 }
const settingsOf = (text: string) => parseSettings(text, 'test.yaml')
const no = Promise.resolve(false)

t.test('the exit code is that of the first failure in the table; warnings are none', async (t) => {
  const denied = fail(new Failure('PORT_DENIED', { where: 'x', seen: 'y', cure: 'do this' }))
  t.equal(exitOf([ok('a'), warn('b', 'c')]), 0)
  t.equal(exitOf([ok('a'), denied, fail(new Failure('CONFIG_INVALID'))]), 77)
  t.equal(line({ name: 'port', ...denied }), 'fail  port: x: no permission to open the port; seen: y\n      what to do: do this')
})

t.test('a check that hangs is given up at its own deadline, one that throws is a finding', async (t) => {
  let told = false
  const hanging = await perform({
    name: 'slow',
    deadlineMs: 10,
    run: (signal) => new Promise(() => signal.addEventListener('abort', () => (told = true))),
  })
  t.match(hanging, { name: 'slow', status: 'fail', code: 'DEADLINE', seen: /nothing within 0.01 s/ })
  t.ok(told, 'it is told to end')
  const throwing = { name: 'x', deadlineMs: 1000, run: () => Promise.reject(new Error('no library')) }
  t.match(await perform(throwing), { status: 'fail', code: 'PART_MISSING', seen: /no library/ })
})

t.test('Node from 20.19 on, newer than tested is a warning', async (t) => {
  t.match(nodeVersion('20.18.3'), { status: 'fail', code: 'PART_MISSING', seen: /20\.19 to 24/ })
  t.match(nodeVersion('18.20.0'), { status: 'fail' })
  for (const good of ['20.19.0', '22.1.0', '24.9.9']) t.match(nodeVersion(good), { status: 'ok' }, good)
  t.match(nodeVersion('25.0.0'), { status: 'warn' })
})

t.test('a clock before this version, and absent parts of training, are no failures', async (t) => {
  t.match(clockFinding({ ...manualClock(), wallMs: () => Date.parse('2020-01-01T00:00:00Z') }), {
    status: 'warn',
    seen: /^2020-01-01.*unsynchronized/,
  })
  t.match(clockFinding({ ...manualClock(), wallMs: () => Date.parse('2027-01-01T00:00:00Z') }), { status: 'ok' })
  t.match(
    trainingParts(() => false),
    { status: 'ok', seen: /agent does not need it/ },
  )
  t.match(
    trainingParts((name) => name === '@tensorflow/tfjs-core'),
    { status: 'ok', seen: /without its native library/ },
  )
})

t.test('free space is weighed against what is needed and what the outbox may take', async (t) => {
  t.match(spaceFinding(15, 256, '/s'), { status: 'fail', code: 'STORE_FAILED', cure: /make room/ })
  t.match(spaceFinding(16, 256, '/s'), { status: 'warn', seen: /256 MiB/ })
  t.match(spaceFinding(256, 256, '/s'), { status: 'ok' })
})

t.test('a state folder that is not there yet is not made, one that cannot be used says whose it should be', async (t) => {
  const folder = t.testdir({ file: '' })
  t.match(folderFinding(join(folder, 'a', 'b')), { status: 'ok', seen: /will be made/ })
  t.strictSame(readdirSync(folder), ['file'])
  t.match(folderFinding(join(folder, 'file', 'x')), { status: 'fail', code: 'STATE_DENIED', cure: /chown/ })
})

const storeFinding = async (settings: ReturnType<typeof settingsOf>) => {
  const { checks, held } = stateChecks(settings)
  const store = checks.find(({ name }) => name === 'store')
  if (!store) throw new Error('no check of the store')
  return { ...(await perform(store)), held: await held }
}

t.test(
  'a state folder of another user is told as such, though its contents cannot even be listed',
  { skip: process.getuid?.() === 0 ? false : 'this needs root, to be nobody for a moment: run it with sudo' },
  (t) => {
    const folder = mkdtempSync(join(tmpdir(), 's2m-'))
    t.teardown(() => rmSync(folder, { recursive: true }))
    process.seteuid?.(65534)
    try {
      t.match(folderFinding(folder), { status: 'fail', code: 'STATE_DENIED', cure: /chown/ })
    } finally {
      process.seteuid?.(0)
    }
    t.end()
  },
)

t.test('the store: nothing is made, a running agent is not disturbed, damage is found and left as it is', async (t) => {
  const directory = join(t.testdir({}), 'state')
  const settings = { ...settingsOf(''), state: { directory } }
  t.match(await storeFinding(settings), { status: 'ok', seen: /SQLite \d.*nothing stored yet/, held: false })

  const store = await openStore(directory, limits)
  t.match(await storeFinding(settings), { status: 'ok', seen: /an agent runs/, held: true })
  await store.setFact('still', 'works')
  await store.close()
  t.match(await storeFinding(settings), { status: 'ok', seen: /undamaged; no agent runs/, held: false })
  const again = await openStore(directory, limits)
  t.equal(await again.fact('still'), 'works', 'the lock was given back')
  await again.close()

  writeFileSync(join(directory, 'outbox.db'), 'this is no database, and long enough to be looked at'.repeat(100))
  const before = readdirSync(directory).sort()
  t.match(await storeFinding(settings), { status: 'fail', code: 'STORE_FAILED', seen: /outbox\.db.*damaged/, cure: /sets the file aside/ })
  t.strictSame(readdirSync(directory).sort(), before)
})

const serial: Description = { ...fakeDescription, id: 'one', links: ['stream'], match: [], axisSource: 'file' }
const usb: Description = { ...fakeDescription, id: 'two', links: ['usb'], match: [{ usbVendor: 0x2457, usbProduct: 0x101e }], axisSource: 'device' }
const place = (link: string, family: string | null, held = no, ports: Parameters<typeof foundFinding>[0] = []) =>
  perform({ name: 'place', deadlineMs: 5000, run: () => placeFinding({ link, family }, [serial, usb], async () => ports, held) })

t.test('a configured instrument: its port is looked for, and a TCP link tried only while no agent has it', async (t) => {
  const node = join(t.testdir({ tty: '' }), 'tty')
  t.match(await place(`serial:${node}`, 'one'), { status: 'ok', seen: /can be opened/ })
  t.match(await place(`serial:${node}.not`, 'one'), { status: 'fail', code: 'PORT_GONE', cure: /plug it in/ })
  t.match(await place('usb:1-1', null), { status: 'fail', code: 'NO_INSTRUMENT', cure: /devices/ })
  t.match(await place('usb:1-1', null, no, [{ url: 'usb:1-1', kind: 'usb', usbVendor: 1, usbProduct: 2 }]), {
    status: 'fail',
    code: 'CONFIG_INVALID',
  })

  t.match(await place(`serial:${node}`, 'two'), { status: 'fail', code: 'CONFIG_INVALID', seen: /family two; allowed: one/ })
  t.match(await place('usb:1-1', 'one'), { status: 'fail', code: 'CONFIG_INVALID', seen: /family one; allowed: two/ })

  let connections = 0
  const server = createServer((socket) => {
    connections++
    socket.resume()
  }).listen(0, '127.0.0.1')
  t.teardown(() => server.close())
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  const link = `tcp://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
  t.match(await place(link, 'one', Promise.resolve(true)), { status: 'ok', seen: /not tried/ })
  t.equal(connections, 0)
  t.match(await place(link, 'one'), { status: 'ok', seen: 'takes connections' })
  t.match(await place(`tcp://127.0.0.1:${await freePort()}`, 'one'), { status: 'fail', code: 'PORT_FAILED', seen: /ECONNREFUSED/ })
})

t.test('an axis file must be there and fit the pixels; without one a family that needs it is warned of', async (t) => {
  const axis = join(t.testdir({ 'axis.csv': 'wavelength_nm\n1\n2\n3\n' }), 'axis.csv')
  const pixels = (n: number): Description => ({ ...serial, models: serial.models.map((row) => ({ ...row, pixels: n })) })
  t.match(await axisFinding({ axis, family: 'one' }, [pixels(3)]), { status: 'ok', seen: /3 values, wavelength 1 to 3/ })
  t.match(await axisFinding({ axis, family: 'one' }, [pixels(4)]), { status: 'warn', seen: /have 4 pixels/ })
  t.match(await axisFinding({ axis: null, family: 'one' }, [serial]), { status: 'warn', seen: /uncalibrated/ })
  t.match(await axisFinding({ axis: null, family: 'two' }, [usb]), { status: 'ok' })
  await t.rejects(axisFinding({ axis: `${axis}.not`, family: 'one' }, [serial]), { code: 'DATA_INVALID' })
})

t.test('without configured instruments: what starts by itself, or a word of what to do; broken families are told', async (t) => {
  t.match(await foundFinding([], [usb]), { status: 'warn', cure: /devices/ })
  t.match(await foundFinding([{ url: 'usb:9-9', kind: 'usb', usbVendor: 0x2457, usbProduct: 0x101e }], [usb]), { status: 'fail', code: 'PORT_GONE' })
  t.match(familiesFinding([usb], []), { status: 'ok', seen: 'two' })
  t.match(familiesFinding([usb], [new Failure('PART_MISSING', { where: 'drivers/x' })]), { status: 'warn', seen: /drivers\/x/ })
})

const broker = (url: string, more = '') =>
  perform({
    name: 'broker',
    deadlineMs: 8000,
    run: (signal) => brokerFinding(settingsOf(`agent: {id: box}\nmqtt: {url: "${url}"${more}}`), systemClock, signal),
  })

t.test('a broker that nobody is, that refuses, that takes the password, that shows a foreign certificate', { skip: withoutMosquitto }, async (t) => {
  t.match(await broker(`mqtt://127.0.0.1:${await freePort()}`), { status: 'fail', code: 'BROKER_UNREACHABLE', seen: /nobody listens/ })

  const folder = t.testdir({ password: 'right\n', wrong: 'wrong\n' })
  execFileSync('mosquitto_passwd', ['-b', '-c', join(folder, 'users'), 'box', 'right'], { stdio: 'ignore' })
  const closed = await startMosquitto(folder, ['allow_anonymous false', `password_file ${join(folder, 'users')}`])
  t.teardown(() => closed.signal('SIGKILL'))
  const url = `mqtt://127.0.0.1:${closed.port}`
  t.match(await broker(url), { status: 'fail', code: 'BROKER_REFUSED', cure: /username/ })
  t.match(await broker(url, `, username: box, passwordFile: ${join(folder, 'wrong')}`), { status: 'fail', code: 'BROKER_REFUSED' })
  t.match(await broker(url, `, username: box, passwordFile: ${join(folder, 'password')}`), { status: 'ok', seen: /connected as box, MQTT 5/ })
  t.match(await broker(url, `, username: box, passwordFile: ${join(folder, 'none')}`), { status: 'fail', code: 'CONFIG_INVALID' })

  const own = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=localhost', '-days', '2']
  execFileSync('openssl', [...own, '-keyout', join(folder, 'key'), '-out', join(folder, 'cert')], { stdio: 'ignore' })
  mkdirSync(join(folder, 'tls'))
  const tls = await startMosquitto(join(folder, 'tls'), [`certfile ${join(folder, 'cert')}`, `keyfile ${join(folder, 'key')}`])
  t.teardown(() => tls.signal('SIGKILL'))
  t.match(await broker(`mqtts://localhost:${tls.port}`), { status: 'fail', code: 'BROKER_UNREACHABLE', seen: /certificate/, cure: /caFile/ })
})

const doctor = async (t: Test, text: string) => {
  const folder = t.testdir({ 'c.yaml': text })
  return inside(t, 'doctor', '--json', '--config', join(folder, 'c.yaml'))
}

t.test('the whole: one document in the order of the table, with the exit code of the first failure', async (t) => {
  const port = await freePort()
  const { exit, out } = await doctor(
    t,
    `mqtt: {url: "mqtt://127.0.0.1:${port}"}
instruments: [{link: "serial:/dev/none", family: chromation, axis: "${models}axis.csv"}]
models: {default: {bundle: "${models}tablet-dose.s2m"}}
state: {directory: state}
`,
  )
  t.equal(exit, 69)
  const document: unknown = JSON.parse(out)
  const checks = [
    ['configuration', 'ok'],
    ['node', 'ok'],
    ['clock', 'ok'],
    ['training', 'ok'],
    ['engine', 'ok'],
    ['model default', 'ok'],
    ['state folder', 'ok'],
    ['free space', /ok|warn/],
    ['store', 'ok'],
    ['broker', 'fail'],
    ['families', 'ok'],
    ['instrument serial:/dev/none', 'fail'],
    ['axis of serial:/dev/none', 'ok'],
  ].map(([name, status]) => ({ name, status }))
  t.match(document, { ok: false, exit: 69, checks })
})

t.test('a configuration that cannot be read leaves the checks that need none; a bundle that is none is found', async (t) => {
  const { exit, out } = await doctor(t, 'mqttt: {}\n')
  t.equal(exit, 78)
  const document: unknown = JSON.parse(out)
  t.match(document, {
    checks: [{ name: 'configuration', code: 'CONFIG_INVALID', seen: /c\.yaml:1/ }, { name: 'node' }, { name: 'clock' }, {}, { name: 'engine' }],
  })

  const { out: second } = await doctor(
    t,
    `mqtt: {url: "mqtt://127.0.0.1:${await freePort()}"}\nmodels: {default: {bundle: c.yaml}}\nstate: {directory: s}\n`,
  )
  const other: unknown = JSON.parse(second)
  t.match(other, { exit: 65, checks: [{}, {}, {}, {}, { name: 'engine' }, { name: 'model default', code: 'BUNDLE_INVALID', seen: /c\.yaml/ }] })
})
