import fc from 'fast-check'
import t from 'tap'
import { lineName, publishedPath, targetPath } from '../../src/updates/paths.js'

const SHA = 'a'.repeat(64)
const refused = (path: string) => () => targetPath(path, 'here')

t.test('a path as it is written by "repo add" is taken apart', async (t) => {
  const path = targetPath(`tablets/tablet-dose/${SHA}.s2m`, 'here')
  t.strictSame(path, { line: 'tablets', id: 'tablet-dose', sha256: SHA })
  t.equal(publishedPath(path), `targets/tablets/tablet-dose/${SHA}.${SHA}.s2m`)
})

for (const path of [
  `../tablets/${SHA}.s2m`,
  `tablets/../${SHA}.s2m`,
  `/tablets/id/${SHA}.s2m`,
  `tablets//${SHA}.s2m`,
  `tablets/id/x/${SHA}.s2m`,
  `tablets\\id\\${SHA}.s2m`,
  `tablets/id\\..\\..\\x/${SHA}.s2m`,
  `tablets/i\u0000d/${SHA}.s2m`,
  `tablets/id/${SHA}.s2m\n`,
  `tablets/id\r/${SHA}.s2m`,
  `tablets/%2e%2e/${SHA}.s2m`,
  `C:/id/${SHA}.s2m`,
  `file:///id/${SHA}.s2m`,
  `tablets/id/${SHA.slice(1)}.s2m`,
  `tablets/id/${SHA.toUpperCase()}.s2m`,
  `tablets/id/${SHA}.s2m/`,
  `tablets/id/${SHA}`,
  `tablets/${'i'.repeat(256)}/${SHA}.s2m`,
  `${'t'.repeat(65)}/id/${SHA}.s2m`,
  `tablets/\u00ed/${SHA}.s2m`,
  `constructor/id/${SHA}.s2m`,
  `__proto__/id/${SHA}.s2m`,
  '',
])
  t.test(`the path ${JSON.stringify(path).slice(0, 60)} is refused`, async (t) => {
    t.throws(refused(path), { code: 'TRUST_PATH' })
  })

t.test('whatever is accepted has three plain parts of at most 255 bytes', async () => {
  const anything = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(fc.constantFrom('a', '/', '..', '.', '\\', '-', SHA, '.s2m', '\u0000'), { maxLength: 8 }).map((parts) => parts.join('')),
  )
  fc.assert(
    fc.property(anything, (path) => {
      try {
        const { line, id, sha256 } = targetPath(path, 'here')
        return path === `${line}/${id}/${sha256}.s2m` && [line, id, sha256].every((part) => /^[a-z0-9-]{1,64}$/.test(part))
      } catch {
        return true
      }
    }),
  )
})

t.test('names of lines: small letters, digits, hyphens; nothing that means something else', async (t) => {
  t.equal(lineName('tablets-2', 'here'), 'tablets-2')
  for (const name of [
    '',
    'root',
    'targets',
    'snapshot',
    'timestamp',
    'constructor',
    '__proto__',
    '..',
    'a/b',
    'a.b',
    'A',
    '1a',
    `a${'b'.repeat(64)}`,
    'a\u0000',
  ])
    t.throws(() => lineName(name, 'here'), { code: 'TRUST_PATH' }, JSON.stringify(name))
})
