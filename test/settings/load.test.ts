import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import t from 'tap'
import { type Failure, failures, isFailure } from '../../src/failures.js'
import { loadSettings, MAX_CONFIG_BYTES, parseSettings } from '../../src/settings/load.js'

const refusal = (text: string): Failure => {
  try {
    parseSettings(text, 'c.yaml')
  } catch (error) {
    if (isFailure(error, 'CONFIG_INVALID')) return error
    throw error
  }
  throw new Error('it was taken')
}

t.test('an empty file is the defaults, and exit code 78 belongs to what cannot be used', async (t) => {
  const { mqtt, instruments, outbox } = parseSettings('', 'c.yaml')
  t.equal(mqtt.url, 'mqtt://127.0.0.1:1883')
  t.strictSame(instruments, [])
  t.equal(outbox.maxRecords, 500_000)
  t.equal(failures.CONFIG_INVALID.exit, 78)
})

t.test('each mistake names its line, its key, what was seen and what is allowed', async (t) => {
  const table: readonly [why: string, text: string, ...RegExp[]][] = [
    ['a typo', 'mqtt:\n  urll: mqtt://h:1883\n', /c\.yaml:2 mqtt\.urll/, /did you mean url\?/],
    ['an unknown key', 'mqtt:\n  colour: red\n', /mqtt\.colour/, /does not exist/, /passwordFile/],
    [
      'a wrong unit',
      'instruments:\n  - {link: "tcp://h:1", family: chromation, integrationMs: 100}\n',
      /instruments\[0\]\.integrationMs/,
      /integrationUs in microseconds/,
    ],
    ['a wrong type', 'mqtt:\n  keepaliveS: soon\n', /:2 mqtt\.keepaliveS/, /"soon"/, /a number|a whole number/, /in seconds/],
    ['too large', 'mqtt: {keepaliveS: 3601}\n', /3601/, /at most 3600 in seconds/],
    ['a link of no kind', 'instruments: [{link: "bluetooth:x"}]\n', /instruments\[0\]\.link/, /"bluetooth:x"/, /usb:SERIAL/],
    ['a link that needs its family', 'instruments: [{link: "tcp://h:1"}]\n', /instruments\[0\]\.family/],
    ['one link twice', 'instruments: [{link: "usb:A"}, {link: "usb:A"}]\n', /instruments\[1\]\.link/, /only once/],
    ['a slot that is none', 'instruments: [{link: "usb:A", model: x}]\n', /instruments\[0\]\.model/],
    ['a trigger of no kind', 'instruments: [{link: "usb:A", trigger: {intervalS: 1}}]\n', /trigger/, /intervalMs/],
    ['half a client certificate', 'mqtt: {tls: {certFile: a.pem}}\n', /certFile and keyFile together/],
    [
      'a repository without its root of trust',
      'updates: {repository: /mnt/models}\n',
      /c\.yaml:1 updates/,
      /repository and root together, or neither/,
    ],
    ['a root of no repository', 'updates: {root: r.json}\n', /repository and root together, or neither/],
    ['a repository of no kind', 'updates: {repository: "ftp://h/x", root: r.json}\n', /updates\.repository/, /"ftp:\/\/h\/x"/, /https:\/\/HOST/],
    ['looks too often', 'updates: {checkEveryS: 10}\n', /updates\.checkEveryS/, /at least 60 in seconds/],
    ['no YAML', 'mqtt: [\n', /c\.yaml:\d+:\d+/, /YAML/],
  ]
  for (const [why, text, ...patterns] of table) for (const pattern of patterns) t.match(refusal(text).message, pattern, why)
})

t.test('all mistakes of a file are told at once', async (t) => {
  const { message } = refusal('mqtt: {urll: x, keepaliveS: 1}\nlog: {level: loud}\n')
  for (const part of [/urll/, /keepaliveS/, /log\.level/]) t.match(message, part)
})

t.test('a password in the address is refused and not repeated', async (t) => {
  const { message } = refusal('mqtt: {url: "mqtt://me:geheim@h:1883"}\n')
  t.match(message, /without a password/)
  t.notMatch(message, /geheim/)
  const token = refusal('mqtt: {url: "wss://h/mqtt?token=abc"}\n').message
  t.match(token, /or a query/)
  t.notMatch(token, /abc/)
  for (const address of ['https://me:geheim@h/models', 'https://h/models?sig=geheim', 'HTTPS://me:geheim@h/models']) {
    const { message } = refusal(`updates: {repository: "${address}", root: r.json}\n`)
    t.match(message, /without a password or a query/)
    t.notMatch(message, /geheim/)
  }
})

t.test('paths are taken from the folder of the file', async (t) => {
  const dir = t.testdir({
    'c.yaml': 'models: {default: {bundle: m.s2m}}\nstate: {directory: /var/x}\ninstruments: [{link: "usb:A", axis: ../a.csv, transfer: t.json}]\n',
  })
  const settings = loadSettings(join(dir, 'c.yaml'))
  t.equal(settings.models['default']?.bundle, join(dir, 'm.s2m'))
  t.equal(settings.state.directory, '/var/x')
  t.equal(settings.instruments[0]?.axis, resolve(dir, '../a.csv'))
  t.equal(settings.instruments[0]?.transfer, join(dir, 't.json'))
})

t.test('a repository is an address as it stands, or a folder beside the file', async (t) => {
  const updatesOf = (repository: string) => {
    const dir = t.testdir({ 'c.yaml': `updates: {repository: "${repository}", root: r.json, credentialsFile: secret, caFile: /etc/ca.pem}\n` })
    return { dir, updates: loadSettings(join(dir, 'c.yaml')).updates }
  }
  const { dir, updates } = updatesOf('https://models.example/spectro')
  t.strictSame(updates, {
    repository: 'https://models.example/spectro',
    root: join(dir, 'r.json'),
    credentialsFile: join(dir, 'secret'),
    caFile: '/etc/ca.pem',
    checkEveryS: 3600,
    probationS: 120,
  })
  t.equal(updatesOf('http://10.0.0.2:8000').updates.repository, 'http://10.0.0.2:8000')
  const folder = updatesOf('../stick/models')
  t.equal(folder.updates.repository, resolve(folder.dir, '../stick/models'))
  t.equal(updatesOf('/media/stick').updates.repository, '/media/stick')
})

t.test('a file that is not there, and one that is too large, say so and what to do', async (t) => {
  const dir = t.testdir({})
  t.throws(() => loadSettings(join(dir, 'none.yaml')), { code: 'CONFIG_INVALID', message: /ENOENT.*--config FILE/ })
  const at = join(dir, 'at.yaml')
  writeFileSync(at, '#'.repeat(MAX_CONFIG_BYTES))
  t.doesNotThrow(() => loadSettings(at))
  writeFileSync(at, '#'.repeat(MAX_CONFIG_BYTES + 1))
  t.throws(() => loadSettings(at), { code: 'CONFIG_INVALID', message: /at most 1048576 bytes/ })
})
