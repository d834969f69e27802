import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import t from 'tap'
import { description } from '../../drivers/chromation/description.js'
import { loadEmulation } from '../../src/cli/simulate/emulator.js'
import { adviceFor } from '../../src/cli/simulate/exposure.js'
import { parseListen } from '../../src/cli/simulate/listening.js'
import { ofDataset, ofPopulation } from '../../src/cli/simulate/samples.js'
import { obey } from '../../src/cli/simulate/words.js'
import { createLightPath } from '../../src/emulation/light-path.js'
import { parseAxisFile } from '../../src/instruments/axis-file.js'
import { lampPerMs } from '../../src/spectrum/detector.js'
import { inside, startCommand } from '../support/command-line.js'
import { fakeDescription } from '../support/fake-instrument.js'
import { madeUpFolder } from '../support/made-up-folder.js'

const root = fileURLToPath(new URL('../../', import.meta.url))
const shipped = { population: join(root, 'models/tablet-dose/population.json'), axis: join(root, 'models/tablet-dose/axis.csv') }

const withoutSocat = spawnSync('socat', ['-V']).status === 0 ? false : 'skipped: socat is not installed (sudo apt install socat)'

const stageOf = () => {
  const heard: unknown[] = []
  const light = createLightPath()
  const names = ['first', 'second']
  return {
    heard,
    light,
    faults: { late: 'too late' },
    end: { misbehave: (...args: unknown[]) => void heard.push(args), heal: () => void heard.push('heal') },
    samples: { next: () => ({ name: names.shift() ?? 'none', ratio: Float64Array.of(0.5) }) },
  }
}

t.test('words change what lies before the probe', async (t) => {
  const stage = stageOf()
  const lamp = lampPerMs(4)
  const seen = () => [...stage.light.look(4).perMs]
  obey('dark', stage)
  t.strictSame(seen(), [0, 0, 0, 0])
  t.match(obey(' white  2 ', stage), /density 2\./)
  t.strictSame(seen(), [...lamp.map((perMs) => perMs * 0.01)])
  obey('white', stage)
  t.strictSame(seen(), [...lamp])
  obey('flood', stage)
  t.ok(seen().every((perMs) => perMs > 1e6))
  obey('sample', stage)
  t.equal(stage.light.look(4).name, 'first')
  t.equal(stage.light.look(4).name, 'second', 'each exposure sees the next sample')
  t.equal(obey('quit', stage), null)
})

t.test('faults are switched on, for so many occasions or until heal, and listed', async (t) => {
  const stage = stageOf()
  t.match(obey('fault late', stage), /too late, until heal/)
  obey('fault late 3', stage)
  obey('heal', stage)
  t.strictSame(stage.heard, [['late'], ['late', 3], 'heal'])
  t.equal(obey('fault', stage), 'late: too late')
})

t.test('a word that is none, or has too much behind it, is refused with those that there are', async (t) => {
  const stage = stageOf()
  for (const line of ['blue', 'dark 3', 'white 1 2', 'fault late 1 2', 'QUIT'])
    t.throws(() => obey(line, stage), { code: 'USAGE', allowed: /dark \| white/ }, line)
  t.throws(() => obey('white red', stage), { code: 'DATA_INVALID', seen: 'density NaN' })
  t.match(obey('', stage), /Words: dark/)
})

t.test('an address must be one that the family can have', async (t) => {
  t.strictSame(parseListen(undefined, 'stream'), { kind: 'tcp', host: '127.0.0.1', port: 4001 })
  t.strictSame(parseListen(undefined, 'usb'), { kind: 'usbip', port: 3240 })
  t.strictSame(parseListen('tcp://[::1]:0', 'stream'), { kind: 'tcp', host: '::1', port: 0 })
  t.strictSame(parseListen('pty:/tmp/x', 'stream'), { kind: 'pty', path: '/tmp/x' })
  for (const wrong of ['usbip:3240', 'tcp://127.0.0.1', 'tcp://127.0.0.1:65536', 'pty:', '4001'])
    t.throws(() => parseListen(wrong, 'stream'), { code: 'USAGE', where: '--listen', allowed: /tcp:.* or pty:/ }, wrong)
  for (const wrong of ['tcp://127.0.0.1:1', 'usbip:', 'usbip:65536'])
    t.throws(() => parseListen(wrong, 'usb'), { code: 'USAGE', allowed: /usbip:PORT/ }, wrong)
  t.match(parseListen('usbip:65535', 'usb'), { port: 65_535 })
})

t.test('rows of a data set come in order, again and again, over as many pixels as the instrument has', async (t) => {
  // Absorbance 1, 2 and missing at the far end.
  const folder = madeUpFolder(t, {
    axis: [1000, 1100, 1200],
    rows: [
      ['a', [1, 1, 2]],
      ['b', [0, 2, null]],
    ],
  })
  const samples = ofDataset(folder, 5)
  t.strictSame([...samples.axis.values], [1000, 1050, 1100, 1150, 1200])
  const [a, b, again] = [samples.next(), samples.next(), samples.next()]
  t.strictSame([a.name, b.name, again.name], ['a', 'b', 'a'])
  t.match(
    [...a.ratio].map((value) => value.toFixed(4)),
    ['0.1000', '0.1000', '0.1000', '0.0316', '0.0100'],
    'linear in absorbance',
  )
  t.strictSame([...b.ratio].slice(3), [0, 0], 'what is not known is shown as no light')
  t.equal(samples.axisFile, null)
  t.throws(() => ofDataset(join(folder, 'none'), 5), { code: 'DATA_INVALID', message: /meta\.json.*no such file/ })
})

t.test('without data, tablets are drawn on the shipped axis; the same seed draws the same', async (t) => {
  const [one, same, other] = [ofPopulation(shipped, 392, 7), ofPopulation(shipped, 392, 7), ofPopulation(shipped, 392, 8)]
  t.equal(one.axisFile, shipped.axis)
  const [first, second] = [one.next(), one.next()]
  t.match(first.name, /^\d+\.\d mg$/)
  t.not(first.name, second.name)
  t.strictSame(same.next().ratio, first.ratio)
  t.strictNotSame(other.next().ratio, first.ratio)
  const wide = ofPopulation(shipped, 100, 7)
  t.strictSame([wide.axisFile, wide.next().ratio.length, wide.axis.values.at(-1)], [null, 100, 1652])
})

t.test('the advice lets neither sample nor white saturate, and keeps the usual exposure where it is good', async (t) => {
  const [row] = description.models
  const peak = (share: number, us: number) => (90_000 * (us / 1000) * share) / row.fullScale
  t.match(adviceFor(0.0027, row), { integrationUs: 100_000, density: 2.3 }, 'tablets')
  for (const brightest of [1, 0.8, 0.1, 0.01, 1e-5]) {
    const { integrationUs, density } = adviceFor(brightest, row)
    t.ok(integrationUs >= row.integrationUs.min && integrationUs <= row.integrationUs.max && integrationUs % row.integrationUs.step === 0)
    t.ok(peak(brightest, integrationUs) <= 0.8, `sample of ${brightest}`)
    t.ok(peak(10 ** -density, integrationUs) <= 0.7 + 1e-9, `white at ${integrationUs} us`)
  }
})

t.test('an emulator is found by its folder; another name is refused with the known ones', async (t) => {
  const folder = t.testdir({
    'package.json': '{"type":"module"}',
    fake: { 'description.js': `export const description = ${JSON.stringify({ ...fakeDescription, id: 'fake' })}` },
    half: {
      'description.js': `export const description = ${JSON.stringify({ ...fakeDescription, id: 'half' })}`,
      'emulator.js': 'export const faults = {}',
    },
  })
  const drivers = pathToFileURL(`${folder}/`)
  await t.rejects(loadEmulation('other', drivers), { code: 'USAGE', allowed: 'fake, half' })
  await t.rejects(loadEmulation('fake', drivers), { code: 'PART_MISSING', seen: /no file emulator/ })
  await t.rejects(loadEmulation('half', drivers), { code: 'PART_MISSING', seen: /createEmulator/ })
  t.match((await loadEmulation('chromation')).faults, { silent: String })
})

t.test('what cannot be simulated ends before anything is opened, with the exit code of its cause', async (t) => {
  const taken = createServer().listen(0, '127.0.0.1')
  t.teardown(() => taken.close())
  await once(taken, 'listening')
  const address = taken.address()
  const port = typeof address === 'object' ? address?.port : 0
  t.match(await inside(t, 'simulate', 'bogus'), { exit: 64, err: /chromation, ocean-ooi/ })
  t.match(await inside(t, 'simulate', 'chromation', '--model', 'x'), { exit: 64, err: /allowed: dev-kit/ })
  t.match(await inside(t, 'simulate', 'chromation', '--fault', 'x'), { exit: 64, err: /silent, late/ })
  t.match(await inside(t, 'simulate', 'chromation', '--listen', 'usbip:1'), { exit: 64, err: /tcp:\/\/HOST:PORT/ })
  t.match(await inside(t, 'simulate', 'chromation', '--seed', 'x'), { exit: 64, err: /whole number/ })
  t.match(await inside(t, 'simulate', 'chromation', '--data', join(t.testdir({}), 'none')), { exit: 65, err: /meta\.json/ })
  t.match(await inside(t, 'simulate', 'chromation', '--listen', `tcp://127.0.0.1:${port}`), { exit: 75, err: /PORT_BUSY/ })
})

t.test('a simulated instrument tells how to connect, answers, hears words and ends with quit, whatever it is doing', async (t) => {
  const axisFile = join(t.testdir({}), 'axis.csv')
  const { child, until, ended, said } = startCommand(['simulate', 'chromation', '--listen', 'tcp://127.0.0.1:0', '--json', '--axis-out', axisFile])
  t.teardown(() => child.kill('SIGKILL'))
  await until(/^\}$/m)
  const document: unknown = JSON.parse(said().out)
  t.match(document, {
    family: 'chromation',
    link: /^tcp:\/\/127\.0\.0\.1:\d+$/,
    integrationUs: 100_000,
    density: 2.3,
    axisFile,
    faults: { late: String },
  })
  t.equal(parseAxisFile(readFileSync(axisFile, 'utf8'), axisFile).axis.values.length, 392)

  const port = Number(/:(\d+)"/.exec(said().out)?.[1])
  const socket = connect(port, '127.0.0.1')
  const got: number[] = []
  socket.on('data', (bytes) => got.push(...bytes))
  // Exposure of 65,500 cycles, 1.31 s (protocols/serial-chromation); then a frame is asked for, and the process told to end in the middle of it.
  socket.write(Uint8Array.of(0x0a, 0xff, 0xdc))
  await once(socket, 'data')
  t.strictSame(got.slice(0, 2), [0, 0], 'the exposure is acknowledged')
  socket.write(Uint8Array.of(0x0b))
  const hungUp = once(socket, 'close')
  child.stdin.write('white 2.3\nnonsense\nquit\n')
  const { exit, err, out } = await ended
  await hungUp
  t.equal(exit, 0)
  t.match(err, /shutter is closed[\s\S]*density 2\.3[\s\S]*nonsense.*allowed: dark/)
  t.doesNotThrow(() => JSON.parse(out), 'replies are not on standard output')
})

t.test('SIGTERM ends it with 0; standard input that ends does not; a pseudo-terminal is gone afterwards', { skip: withoutSocat }, async (t) => {
  const path = join(t.testdir({}), 'tty')
  const { child, until, ended } = startCommand(['simulate', 'chromation', '--listen', `pty:${path}`])
  t.teardown(() => child.kill('SIGKILL'))
  child.stdin.end('sample\n')
  await until(/the next sample at each exposure/)
  t.ok(existsSync(path))
  child.kill('SIGTERM')
  const { exit, out } = await ended
  t.equal(exit, 0)
  t.match(out, new RegExp(`link: "serial:${path}", family: chromation, axis: ".*axis.csv"`))
  t.match(out, /measure --config config.yaml --white --density 2\.3/)
  t.notOk(existsSync(path))
})

t.test('a USB family waits for USB/IP and says how to attach it', async (t) => {
  const { child, until, ended } = startCommand(['simulate', 'ocean-ooi', '--model', 'HR2000+', '--listen', 'usbip:0'])
  t.teardown(() => child.kill('SIGKILL'))
  await until(/HR2000\+[\s\S]*usbip --tcp-port \d+ attach -r 127\.0\.0\.1 -b 1-1[\s\S]*shutter is closed/)
  child.kill('SIGINT')
  t.match(await ended, { exit: 0 })
})
