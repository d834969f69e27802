import { readdirSync, readFileSync } from 'node:fs'
import { dirname, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')
const everything = 'any'

/**
 * Which rooms each room may import, beside itself, `spectrum` and `failures` (DESIGN section 3). Single files at the top of
 * `src` are rooms of their own.
 */
const mayImport: Readonly<Record<string, readonly string[] | typeof everything>> = {
  'src/spectrum': [],
  'src/failures.ts': [],
  'src/system-clock.ts': [],
  'src/start-worker.ts': [],
  'src/durable-files.ts': [],
  'src/settings': [],
  'src/links': [],
  'src/instruments': ['src/links', 'src/settings'],
  'src/emulation': [],
  'src/store': ['src/start-worker.ts'],
  'src/preprocessing': [],
  'src/calibration': ['src/preprocessing', 'src/settings'],
  'src/inference': ['src/preprocessing', 'src/start-worker.ts'],
  'src/models': ['src/inference', 'src/preprocessing', 'src/calibration'],
  'src/delivery': ['src/store', 'src/settings'],
  'src/requests': ['src/store', 'src/delivery', 'src/instruments', 'src/calibration', 'src/updates'],
  'src/station': [
    'src/instruments',
    'src/links',
    'src/calibration',
    'src/inference',
    'src/models',
    'src/store',
    'src/settings',
    'src/requests',
    'src/delivery',
    'src/updates',
  ],
  'src/datasets': [],
  'src/training': ['src/datasets', 'src/preprocessing', 'src/calibration', 'src/inference', 'src/models', 'src/start-worker.ts'],
  'src/updates': ['src/models', 'src/inference', 'src/start-worker.ts', 'src/durable-files.ts'],
  'src/repository': ['src/models', 'src/durable-files.ts'],
  'src/agent.ts': [
    'src/updates',
    'src/calibration',
    'src/delivery',
    'src/inference',
    'src/instruments',
    'src/links',
    'src/models',
    'src/requests',
    'src/settings',
    'src/station',
    'src/store',
    'src/system-clock.ts',
  ],
  'src/cli': everything,
  models: ['src/datasets', 'src/training', 'src/models', 'src/cli', 'src/system-clock.ts'],
}
/** A driver is handed bytes: it sees the contracts of two rooms and nothing else of them. */
const driverMayImport = ['src/instruments/contract.ts', 'src/links/contract.ts', 'src/emulation/contract.ts', 'src/emulation/fault-switches.ts']

const sources = (folder: string): readonly string[] =>
  readdirSync(resolve(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(root, resolve(entry.parentPath, entry.name)))

const roomOf = (file: string): string => {
  const parts = file.split('/')
  if (parts[0] === 'drivers') return parts.slice(0, 2).join('/')
  return parts[0] === 'src' ? parts.slice(0, 2).join('/') : (parts[0] ?? file)
}

interface Import {
  readonly at: string
  readonly target: string
}

const importsOf = (file: string): readonly Import[] =>
  readFileSync(resolve(root, file), 'utf8')
    .split('\n')
    .flatMap((line, i) => [...line.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map((match) => ({ at: `${file}:${i + 1}`, to: match[1] ?? '' })))
    .map(({ at, to }) => ({ at, target: relative(root, resolve(root, dirname(file), to)).replace(/\.js$/, '.ts') }))

const allowed = (from: string, target: string): boolean => {
  const room = roomOf(from)
  const into = roomOf(target)
  if (into === room || into === 'src/spectrum' || into === 'src/failures.ts') return true
  if (room.startsWith('drivers/')) return driverMayImport.includes(target)
  const rooms = mayImport[room]
  return rooms === everything || rooms?.includes(into) === true
}

t.test('each room imports only the rooms that the table allows', async (t) => {
  const files = ['src', 'drivers', 'models'].flatMap(sources)
  t.ok(files.length > 40, 'the sources were found')
  for (const file of files) {
    if (mayImport[roomOf(file)] === undefined && !file.startsWith('drivers/')) t.fail(`${file}: a room without a row in the table`)
    for (const { at, target } of importsOf(file)) t.ok(allowed(file, target), `${at} may not import ${target}`)
  }
})

t.test('an emulator never imports the codec of its own family, nor the driver the emulator', async (t) => {
  for (const file of sources('drivers'))
    for (const { at, target } of importsOf(file)) {
      if (file.endsWith('emulator.ts')) t.notMatch(target, /\/(codec|driver|description)\.ts$/, at)
      else t.notMatch(target, /\/emulator\.ts$/, at)
    }
})

t.test('the rule itself refuses what it must', async (t) => {
  t.notOk(allowed('src/spectrum/axis.ts', 'src/links/tcp.ts'))
  t.notOk(allowed('drivers/chromation/driver.ts', 'src/links/tcp.ts'))
  t.notOk(allowed('src/agent.ts', 'src/cli/main.ts'))
  t.ok(allowed('src/delivery/topics.ts', 'src/failures.ts'))
})
