import { readFileSync } from 'node:fs'
import t from 'tap'
import { readBundle } from '../../../src/models/bundle.js'
import { readTar } from '../../../src/models/tar.js'

/** A bundle as it ships, to be tampered with. */
const bundle = (): Buffer => readFileSync(new URL('../../../models/tablet-dose/tablet-dose.s2m', import.meta.url))
const BLOCK = 512

/** The header of the entry at `at` with a field written anew, and a checksum that is right again: damage would be found by it, an attack not. */
const withField = (bytes: Buffer, at: number, offset: number, value: string): Buffer => {
  bytes.write(value, at + offset, 'latin1')
  bytes.fill(' ', at + 148, at + 156)
  const sum = bytes.subarray(at, at + BLOCK).reduce((total, byte) => total + byte, 0)
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, at + 148, 'latin1')
  return bytes
}

const named = (name: string): Buffer => withField(bundle().fill(0, 0, 100), 0, 0, name)

for (const name of [
  '../manifest.json',
  '/etc/cron.d/x',
  'a/../../manifest.json',
  'manifest.json/',
  './manifest.json',
  '..\\manifest.json',
  'MANIFEST.JSON',
  'run.js',
])
  t.test(`an entry named ${name} is refused`, async (t) => {
    t.throws(() => readBundle(named(name)), { code: 'BUNDLE_INVALID', message: /an entry named/ })
  })

t.test('a prefix that leads elsewhere is refused', async (t) => {
  t.throws(() => readBundle(withField(bundle(), 0, 345, '../../etc')), { code: 'BUNDLE_INVALID', message: /an entry named/ })
})

for (const [kind, flag] of Object.entries({
  'a hard link': '1',
  'a link': '2',
  'a device': '3',
  'a folder': '5',
  'a pipe': '6',
  'a long name': 'L',
  'an extension': 'x',
}))
  t.test(`${kind} is refused`, async (t) => {
    const bytes = withField(bundle(), 0, 156, flag)
    t.throws(() => readBundle(withField(bytes, 0, 157, '/etc/passwd')), { code: 'BUNDLE_INVALID', message: /plain files/ })
  })

for (const [name, size] of Object.entries({
  'of 8 GiB': '77777777777\0',
  'of more than is there by a block': bundle().length.toString(8).padStart(11, '0').concat('\0'),
  'in base 256, as for sizes without end': '\x80\0\0\0\0\0\0\0\0\0\0\xff',
  'below zero': '-0000000001\0',
  'that is no number': 'zzzzzzzzzzz\0',
}))
  t.test(`a declared size ${name} is refused before anything is set aside for it`, async (t) => {
    const before = process.memoryUsage().arrayBuffers
    t.throws(() => readBundle(withField(bundle(), 0, 124, size)), { code: 'BUNDLE_INVALID' })
    t.ok(process.memoryUsage().arrayBuffers - before < 8 * 1024 * 1024)
  })

t.test('the same name twice is refused: readers differ in which one counts', async (t) => {
  const whole = bundle()
  const entry = readTar(whole, ['manifest.json', 'model.onnx', 'golden.json'], 'bundle')[0]
  const length = BLOCK + Math.ceil((entry?.data.length ?? 0) / BLOCK) * BLOCK
  t.throws(() => readBundle(Buffer.concat([whole.subarray(0, length), whole])), { code: 'BUNDLE_INVALID', message: /manifest\.json twice/ })
})

t.test('what stands behind the end, or between the entries, is refused: no place for a second content', async (t) => {
  t.throws(() => readBundle(Buffer.concat([bundle(), Buffer.alloc(BLOCK)])), { code: 'BUNDLE_INVALID', message: /behind the end/ })
  const padded = bundle()
  const entry = readTar(padded, ['manifest.json', 'model.onnx', 'golden.json'], 'bundle')[0]
  padded[BLOCK + (entry?.data.length ?? 0)] = 1
  t.throws(() => readBundle(padded), { code: 'BUNDLE_INVALID' })
})
