import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { isDiskFull, makeDurableFolder, nodeDisk, put } from '../../src/updates/disk.js'
import { memoryDisk } from '../support/memory-disk.js'
import { remains, remainsAtEnd } from '../support/power-cut.js'
import { type Fault, recordingDisk } from '../support/recording-disk.js'

const bytes = (text: string): Uint8Array => Buffer.from(text)

for (const [name, disk, folderOf] of [
  ['the real disk', nodeDisk, (test: Test) => test.testdir()],
  ['the disk of the tests', memoryDisk(), () => '/state'],
] as const)
  t.test(`${name}: files and folders do as the contract says`, async (t) => {
    const folder = folderOf(t)
    await disk.makeFolder(join(folder, 'a/b'))
    const file = join(folder, 'a/b/file')
    t.equal(await disk.read(file), null)
    t.equal(await disk.size(file), null)
    t.strictSame(await disk.list(join(folder, 'none')), [])
    await disk.write(file, bytes('hello'))
    await disk.append(file, bytes(' world'))
    await disk.sync(file)
    t.equal(await disk.size(file), 11)
    await disk.truncate(file, 5)
    t.same(await disk.read(file), bytes('hello'))
    await disk.rename(file, join(folder, 'a/other'))
    await disk.syncFolder(join(folder, 'a'))
    t.strictSame([...(await disk.list(join(folder, 'a')))].sort(), ['b', 'other'])
    await t.rejects(disk.write(join(folder, 'none/file'), bytes('x')), /ENOENT/)
    await t.rejects(disk.rename(file, join(folder, 'a/b/again')), /ENOENT/)
    await disk.remove(join(folder, 'a'))
    await disk.remove(join(folder, 'a'))
    t.strictSame(await disk.list(join(folder, 'a')), [])
  })

t.test('what the real disk refuses is a failure of the state folder that names path and cause', async (t) => {
  const folder = t.testdir({ file: 'x' })
  await t.rejects(nodeDisk.write(join(folder, 'file/below'), bytes('x')), { code: 'STORE_FAILED', message: /file\/below/ })
  const full = await nodeDisk.write('/dev/full', bytes('x')).catch((error: unknown) => error)
  t.match(full, { code: 'STORE_FAILED', message: /make room/ })
  t.ok(isDiskFull(full))
  t.notOk(isDiskFull(new Error('EIO')))
})

t.test('a folder link is removed, what it leads to stays', async (t) => {
  const folder = t.testdir({ kept: { file: 'x' } })
  mkdirSync(join(folder, 'state'))
  symlinkSync(join(folder, 'kept'), join(folder, 'state/link'))
  writeFileSync(join(folder, 'state/other'), 'y')
  await nodeDisk.remove(join(folder, 'state'))
  t.equal(readFileSync(join(folder, 'kept/file'), 'utf8'), 'x')
})

t.test('a power cut while a file is put in place leaves the old one or the new one whole', async (t) => {
  const start = new Map([['/state/file', bytes('the old content')]])
  const disk = recordingDisk(memoryDisk(start))
  await put(disk, '/state/file', bytes('and the new one'))
  const left = remains(start, disk.operations)
  t.strictSame(new Set(left.map((image) => Buffer.from(image.get('/state/file') ?? '').toString())), new Set(['the old content', 'and the new one']))
  t.equal(Buffer.from((await disk.read('/state/file')) ?? '').toString(), 'and the new one')
})

t.test('the replay notices each sync that is left out', async (t) => {
  const found = async (leftOut: number | null): Promise<ReadonlySet<string>> => {
    let syncs = 0
    const disk = recordingDisk(memoryDisk(start), ({ kind }) => (kind.startsWith('sync') && syncs++ === leftOut ? 'skip' : undefined))
    await put(disk, '/state/file', bytes('and the new one'))
    return new Set(remainsAtEnd(start, disk.operations).map((image) => Buffer.from(image.get('/state/file') ?? '').toString()))
  }
  const start = new Map([['/state/file', bytes('the old content')]])
  t.strictSame(await found(null), new Set(['and the new one']))
  t.ok((await found(0)).has('and the'), 'without the sync of the file half of it')
  t.ok((await found(1)).has('the old content'), 'without the sync of the folder the old one')
})

for (const fault of ['ENOSPC', 'EIO', 'kill', 'torn'] as const)
  t.test(`${fault} at any step of putting a file in place: the old file or the new one, and never half of one`, async (t) => {
    for (let step = 0; ; step++) {
      const inner = memoryDisk(new Map([['/state/file', bytes('old')]]))
      const disk = recordingDisk(inner, (_, n): Fault | undefined => (n === step ? fault : undefined))
      const outcome = await put(disk, '/state/file', bytes('new')).then(
        () => 'done',
        (error: unknown) => error,
      )
      if (outcome === 'done') {
        t.ok(step >= 4, `${step} steps`)
        break
      }
      t.match(Buffer.from(inner.image().get('/state/file') ?? '').toString(), /^(old|new)$/, `step ${step}`)
      if (fault === 'ENOSPC') t.notOk(inner.image().has('/state/file.unfinished'), 'no half file fills the disk')
      t.equal(disk.killed, fault === 'kill' || fault === 'torn')
      if (disk.killed) await t.rejects(disk.read('/state/file'), /killed/)
    }
  })

t.test('a new folder lasts before anything is put into it', async (t) => {
  const disk = recordingDisk(memoryDisk(new Map([['/state/lock', bytes('')]])))
  await makeDurableFolder(disk, '/state', '/state/a/b')
  t.strictSame(
    disk.operations.map(({ kind, path }) => `${kind} ${path}`),
    ['makeFolder /state/a', 'syncFolder /state', 'makeFolder /state/a/b', 'syncFolder /state/a'],
  )
})
