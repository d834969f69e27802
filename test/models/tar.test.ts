import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { isFailure } from '../../src/failures.js'
import { MAX_TAR_ENTRIES, readTar, type TarEntry, writeTar } from '../../src/models/tar.js'

const names = ['a.json', 'b.bin']
const entries: readonly TarEntry[] = [
  { name: 'a.json', data: new TextEncoder().encode('{}') },
  { name: 'b.bin', data: Uint8Array.from({ length: 1024 }, (_, i) => i % 256) },
]
const refused = (read: () => unknown): boolean => {
  try {
    read()
    return false
  } catch (error) {
    if (isFailure(error, 'BUNDLE_INVALID')) return true
    throw error
  }
}
const plain = (list: readonly TarEntry[]) => list.map(({ name, data }) => [name, [...data]])

t.test('what is written is read back, whole blocks and empty files among it', async (t) => {
  t.strictSame(plain(readTar(writeTar(entries), names, 'x')), plain(entries))
  const empty = [{ name: 'b.bin', data: new Uint8Array(0) }]
  t.strictSame(plain(readTar(writeTar(empty), names, 'x')), plain(empty))
  t.strictSame(readTar(writeTar([]), names, 'x'), [])
})

t.test('the tar of the system lists and unpacks it, and finds no date and no owner', async (t) => {
  const dir = t.testdir()
  writeFileSync(join(dir, 'x.tar'), writeTar(entries))
  const listed = execFileSync('tar', ['--utc', '--numeric-owner', '-tvf', join(dir, 'x.tar')], { encoding: 'utf8' })
  t.match(listed, /^-rw-r--r-- 0\/0 +2 1970-01-01 00:00 a\.json\n-rw-r--r-- 0\/0 +1024 1970-01-01 00:00 b\.bin\n$/)
  execFileSync('tar', ['-xf', join(dir, 'x.tar'), '-C', dir])
  t.strictSame([...readFileSync(join(dir, 'b.bin'))], [...(entries[1]?.data ?? [])])
})

t.test('an archive that the tar of the system made is read', async (t) => {
  const dir = t.testdir({ 'a.json': '{"a": 1}' })
  execFileSync('tar', ['--format=ustar', '-cf', join(dir, 'x.tar'), '-C', dir, 'a.json'])
  const [entry] = readTar(readFileSync(join(dir, 'x.tar')), names, 'x')
  t.equal(Buffer.from(entry?.data ?? []).toString(), '{"a": 1}')
})

t.test('a truncated archive is refused at every length', async (t) => {
  const bytes = writeTar(entries)
  // The second closing block is not needed to read; a bundle that lacks it is refused by its own rule.
  const lengths = Array.from({ length: bytes.length - 1024 }, (_, length) => length)
  t.strictSame(
    lengths.filter((length) => !refused(() => readTar(bytes.subarray(0, length), names, 'x'))),
    [],
  )
  t.throws(() => readTar(bytes.subarray(0, 700), names, 'x'), {
    code: 'BUNDLE_INVALID',
    where: 'x at byte 0',
    seen: 'a.json with 2 bytes in a file of 700',
  })
})

t.test('with any one byte changed it is refused, or the same names and contents are read', async (t) => {
  const bytes = writeTar(entries)
  const wanted = JSON.stringify(plain(entries))
  const header = (at: number) => at % 1024 < 512 && at < 1536
  const survivors = [...bytes.keys()].filter((at) => {
    const damaged = bytes.slice()
    damaged[at] = (damaged[at] ?? 0) ^ (1 << (at % 8))
    return header(at) && !refused(() => readTar(damaged, names, 'x')) && JSON.stringify(plain(readTar(damaged, names, 'x'))) !== wanted
  })
  t.strictSame(survivors, [], 'no damaged header gives other entries; contents have no checksum here, the bundle has')
})

t.test('names, kinds and numbers of entries are bounded', async (t) => {
  const one = entries[0] ?? { name: '', data: new Uint8Array(0) }
  t.throws(() => readTar(writeTar([{ ...one, name: '../a.json' }]), names, 'x'), {
    code: 'BUNDLE_INVALID',
    seen: 'an entry named "../a.json"',
    allowed: 'a.json, b.bin',
  })
  t.throws(() => readTar(writeTar([one, one]), names, 'x'), { code: 'BUNDLE_INVALID', seen: 'a.json twice' })
  const many = Array.from({ length: MAX_TAR_ENTRIES + 1 }, (_, i) => ({ ...one, name: `n${i}` }))
  const known = many.map(({ name }) => name)
  t.equal(readTar(writeTar(many.slice(1)), known, 'x').length, MAX_TAR_ENTRIES)
  t.throws(() => readTar(writeTar(many), known, 'x'), { code: 'BUNDLE_INVALID', seen: 'one more entry' })
  const dir = t.testdir({ 'a.json': t.fixture('symlink', '/etc/passwd') })
  execFileSync('tar', ['--format=ustar', '-cf', join(dir, 'x.tar'), '-C', dir, 'a.json'])
  t.throws(() => readTar(readFileSync(join(dir, 'x.tar')), names, 'x'), {
    code: 'BUNDLE_INVALID',
    seen: 'a.json of kind "2"',
    allowed: 'plain files',
  })
})

t.test('a name that the header cannot hold is a mistake of the caller', async (t) => {
  for (const name of ['', 'é', 'with space', 'n'.repeat(100)])
    t.throws(() => writeTar([{ name, data: new Uint8Array(0) }]), { code: 'INVARIANT' }, name)
  t.doesNotThrow(() => writeTar([{ name: 'n'.repeat(99), data: new Uint8Array(0) }]))
})
