import { dirname, join } from 'node:path'
import t from 'tap'
import { makeKey } from '../../src/repository/keys.js'
import { inMetadata, KEPT_VERSIONS, metadataFile } from '../../src/repository/layout.js'
import { DAY_MS } from '../../src/repository/metadata.js'
import { openRepository } from '../../src/repository/open.js'
import { publish } from '../../src/repository/publish.js'
import { refresh } from '../../src/repository/refresh.js'
import { revokeKey, rotate } from '../../src/repository/role-keys.js'
import { verify } from '../../src/repository/verify.js'
import { DIRECTORY, furnished, OUT } from '../support/furnished-repository.js'
import { madeRepository } from '../support/made-repository.js'
import { memoryDisk } from '../support/memory-disk.js'

const files = () => memoryDisk()

t.test('what has expired is named with what renews it; times of expiry are those of the settings', async (t) => {
  const disk = files()
  const nowMs = Date.now()
  const { place } = await madeRepository(disk, DIRECTORY, nowMs - 8 * DAY_MS)
  await t.rejects(verify(disk, DIRECTORY, null), { code: 'TRUST_EXPIRED', seen: /timestamp/, cure: /repo refresh/ })
  await refresh({ ...place, nowMs })
  const { roles } = await verify(disk, DIRECTORY, null)
  const days = Object.fromEntries(roles.map(({ role, expiresMs }) => [role, Math.round((expiresMs - nowMs) / DAY_MS)]))
  t.same(days, { root: 365 - 8, targets: 180 - 8, snapshot: 14, timestamp: 7 })
  await refresh({ ...place, nowMs }, ['root', 'targets'])
  t.match((await verify(disk, DIRECTORY, null)).roles, [
    { role: 'root', version: 2, threshold: 2 },
    { role: 'targets', version: 2, threshold: 1 },
  ])
})

t.test("a changed bundle, a lost one and changed metadata are found, in the author's folder and in what was published", async (t) => {
  const disk = files()
  const { place } = await furnished(disk)
  const [first] = (await verify(disk, OUT, null)).targets
  if (!first) throw new Error('nothing listed')
  const sha256 = first.path.split('/')[2]?.slice(0, 64) ?? ''
  const places = [join(DIRECTORY, 'bundles', first.path), join(OUT, 'targets', first.path.replace(/[^/]+$/, `${sha256}.${sha256}.s2m`))] as const
  for (const [folder, path] of [
    [DIRECTORY, places[0]],
    [OUT, places[1]],
  ] as const) {
    const bytes = await disk.read(path)
    if (bytes === null) throw new Error(path)
    const changed = new Uint8Array(bytes)
    changed[700] = (changed[700] ?? 0) ^ 1
    await disk.write(path, changed)
    await t.rejects(verify(disk, folder, null), { code: 'TRUST_HASH' }, folder)
    await disk.remove(path)
    await t.rejects(verify(disk, folder, null), { code: 'REPOSITORY_INVALID', where: path })
    await disk.write(path, bytes)
    await verify(disk, folder, null)
  }
  const snapshot = inMetadata(DIRECTORY, metadataFile('snapshot', (await openRepository(place)).snapshot.metadata.signed.version))
  const text = Buffer.from((await disk.read(snapshot)) ?? []).toString()
  await disk.write(snapshot, Buffer.from(text.replace('"version": 2', '"version": 1')))
  await t.rejects(verify(disk, DIRECTORY, null), { code: 'TRUST_HASH' })
})

t.test('a root of somebody else accepts nothing of it', async (t) => {
  const disk = files()
  await furnished(disk)
  const other = files()
  await madeRepository(other, DIRECTORY)
  const root = await other.read(inMetadata(DIRECTORY, metadataFile('root', 1)))
  await t.rejects(verify(disk, OUT, root), { code: 'TRUST_THRESHOLD' })
  await t.rejects(
    publish(other, DIRECTORY, OUT).then(() => publish(memoryMix(other, disk), DIRECTORY, OUT)),
    { code: 'REPOSITORY_INVALID', seen: 'another repository' },
  )
})

/** The author's folder of one, the published folder of another. */
const memoryMix = (author: ReturnType<typeof files>, web: ReturnType<typeof files>) => {
  const of = (path: string) => (path.startsWith(OUT) ? web : author)
  return { ...author, read: (path: string) => of(path).read(path), list: (path: string) => of(path).list(path) }
}

t.test('old versions go, roots and files of others stay', async (t) => {
  const disk = files()
  const { keys, with: having } = await furnished(disk)
  const foreign = [join(OUT, 'index.html'), join(OUT, 'metadata/notes.json'), join(OUT, 'targets/a/b/photo.jpg')]
  for (const path of foreign) {
    await disk.makeFolder(dirname(path))
    await disk.write(path, new Uint8Array([1]))
  }
  const added = makeKey()
  await rotate(having(...keys.root, ...keys.timestamp, added), 'timestamp', null, added.key)
  const present = having(...keys.root, ...keys.snapshot, added)
  for (let i = 0; i < KEPT_VERSIONS + 2; i++) await refresh(present, ['root'])
  await publish(disk, DIRECTORY, OUT)
  const names = await disk.list(join(DIRECTORY, 'metadata'))
  t.equal(names.filter((name) => name.endsWith('.snapshot.json')).length, KEPT_VERSIONS)
  t.equal(names.filter((name) => name.endsWith('.root.json')).length, KEPT_VERSIONS + 4)
  for (const path of foreign) t.ok(await disk.read(path), path)
  await verify(disk, OUT, null)
})

t.test('a root is signed by enough keys of the one before and by its own; a key too few is said', async (t) => {
  const disk = files()
  const { keys, with: having } = await madeRepository(disk, DIRECTORY)
  const [first, second] = keys.root
  if (!first || !second) throw new Error('two root keys')
  const third = makeKey()
  await t.rejects(rotate(having(first, third), 'root', second.id, third.key), { code: 'KEY_MISSING', where: 'role root', seen: /1 of 2/ })
  await rotate(having(first, second, third), 'root', second.id, third.key)
  await t.rejects(revokeKey(having(first, third), first.id), { code: 'REQUEST_INVALID', cure: /repo rotate DIR root/ })
  await t.rejects(rotate(having(first, third), 'root', null, makeKey().key), { code: 'USAGE', seen: '2 keys' })
  t.match((await verify(disk, DIRECTORY, null)).roles, [{ role: 'root', version: 2, keys: [first.id, third.id] }])
})
