import { Targets } from '@tufjs/models'
import t from 'tap'
import { addTarget, MAX_TARGETS } from '../../src/repository/add.js'
import { carryOut } from '../../src/repository/change.js'
import { delegate } from '../../src/repository/delegate.js'
import { memoryRing } from '../../src/repository/key-ring.js'
import { makeKey } from '../../src/repository/keys.js'
import { inMetadata, lineName, metadataFile, targetParts } from '../../src/repository/layout.js'
import { expiry, renewed, SPEC, seal } from '../../src/repository/metadata.js'
import { openRepository } from '../../src/repository/open.js'
import { verify } from '../../src/repository/verify.js'
import { withdraw } from '../../src/repository/withdraw.js'
import { DIRECTORY, furnished } from '../support/furnished-repository.js'
import { madeRepository, offer } from '../support/made-repository.js'
import { memoryDisk } from '../support/memory-disk.js'

const empty = () => madeRepository(memoryDisk(), DIRECTORY)

t.test('seq rises with each add and is never given twice, also not after the newest bundle was withdrawn or a backup came back', async (t) => {
  const { place } = await empty()
  const settings = `${DIRECTORY}/repository.json`
  t.equal((await addTarget(place, offer('tablets'))).custom.seq, 1)
  const first = await place.files.read(settings)
  t.equal((await addTarget(place, offer('bark'))).custom.seq, 2)
  await place.files.write(settings, first ?? new Uint8Array())
  const { path, custom } = await addTarget(place, offer('tobacco'))
  t.equal(custom.seq, 3, 'an older repository.json does not lower it')
  await withdraw(place, path)
  t.equal((await addTarget(place, offer('bark'))).custom.seq, 4)
})

t.test('adding a listed bundle again widens its rollout with the same salt, so that who has it stays among those who should', async (t) => {
  const { place } = await empty()
  const { path } = await addTarget(place, { ...offer(), percent: 10, salt: 'first', groups: ['lab', 'lab'] })
  const again = await addTarget(place, { ...offer(), percent: 60, salt: 'second' })
  t.match(again, { path, custom: { seq: 2, rollout: { percent: 60, salt: 'first' }, groups: [] } })
  const { targets } = await verify(place.files, DIRECTORY, null)
  t.match(targets, [{ path, role: 'targets', custom: { id: 'tablet-dose', version: '1.0.0', rollout: { percent: 60 } } }])
  t.equal(targets.length, 1)
})

t.test('what cannot be offered is refused before anything is written', async (t) => {
  const { place } = await empty()
  const before = await place.files.list(`${DIRECTORY}/metadata`)
  const cut = offer().bundle.slice(0, -1)
  await t.rejects(addTarget(place, { ...offer(), bundle: cut }), { code: 'BUNDLE_INVALID', where: /tablet-dose\.s2m/ })
  await t.rejects(addTarget(place, { ...offer(), percent: 101 }), { code: 'USAGE', where: 'rollout.percent' })
  await t.rejects(addTarget(place, { ...offer(), groups: ['Lab 1'] }), { code: 'USAGE', where: 'groups.0' })
  await t.rejects(addTarget(place, offer('Tablets')), { code: 'USAGE', where: 'line' })
  t.same(await place.files.list(`${DIRECTORY}/metadata`), before)
  t.equal(await place.files.read(`${DIRECTORY}/bundles`), null)
  t.same(await place.files.list(`${DIRECTORY}/bundles`), [])
})

t.test('an order names a bundle by id and version: a second one of the same name is refused, and one too many', async (t) => {
  const { place } = await empty()
  const { path } = await addTarget(place, offer())
  const repository = await openRepository(place)
  const { targets } = repository.targets.metadata.signed
  const target = targets[path]
  if (!target) throw new Error('not listed')
  const listed = (paths: readonly string[]) =>
    renewed.targets(repository.targets.metadata.signed, repository.nextVersion('targets'), expiry(place.nowMs, 180), {
      targets: Object.fromEntries(paths.map((each) => [each, target])),
    })
  await carryOut(place, repository, { targets: listed([`tablets/tablet-dose/${'0'.repeat(64)}.s2m`]), renew: 'snapshot' })
  await t.rejects(addTarget(place, offer()), { code: 'REQUEST_INVALID', cure: /repo revoke/ })
  const many = Array.from({ length: MAX_TARGETS }, (_, i) => `bark/other/${i.toString(16).padStart(64, '0')}.s2m`)
  await carryOut(place, await openRepository(place), {
    targets: renewed.targets(listed(many), repository.nextVersion('targets') + 1, expiry(place.nowMs, 180)),
    renew: 'snapshot',
  })
  await t.rejects(addTarget(place, offer()), { code: 'REQUEST_INVALID', allowed: `at most ${MAX_TARGETS}` })
})

t.test("a line's bundles are signed by its own key alone, and that key signs for nothing else", async (t) => {
  const { place, lineKey, keys, with: having } = await furnished(memoryDisk())
  const online = [...keys.snapshot, ...keys.timestamp]
  t.match(await addTarget(having(lineKey, ...online), offer('tablets')), { role: 'tablets', pending: false })
  await t.rejects(addTarget(having(...keys.targets, ...online), offer('tablets')), { code: 'KEY_MISSING', where: 'role tablets' })
  await t.rejects(addTarget(having(lineKey, ...online), offer('bark')), { code: 'KEY_MISSING', where: 'role targets' })
  await t.rejects(delegate(place, 'tablets', { keys: [makeKey().key], threshold: 1 }), { code: 'REQUEST_INVALID', cure: /repo rotate/ })

  // The holder of the line's key lists a bundle of another line, with snapshot and timestamp to match.
  const repository = await openRepository(place)
  const bark = Object.values(repository.targets.metadata.signed.targets).find(({ path }) => path.startsWith('bark/'))
  if (!bark) throw new Error('no bundle of bark')
  const escaped = bark.path.replace('bark/', 'tobacco/')
  const lines = new Map([
    [
      'tablets',
      new Targets({ version: repository.nextVersion('tablets'), specVersion: SPEC, expires: expiry(place.nowMs, 9), targets: { [escaped]: bark } }),
    ],
  ])
  await carryOut(place, repository, { lines, renew: 'snapshot' })
  await t.rejects(verify(place.files, DIRECTORY, null), { code: 'TRUST_PATH', where: escaped })
})

t.test('metadata that another key has signed are not put in force', async (t) => {
  const { place, keys } = await empty()
  const repository = await openRepository(place)
  const forged = seal(renewed.targets(repository.targets.metadata.signed, 2, expiry(place.nowMs, 9)), [makeKey()])
  await place.files.write(inMetadata(DIRECTORY, metadataFile('targets', 2)), forged.bytes)
  const { refresh } = await import('../../src/repository/refresh.js')
  await t.rejects(refresh(place), { code: 'REPOSITORY_INVALID', where: '2.targets.json', cure: /--role targets/ })
  await verify(place.files, DIRECTORY, null)
  await refresh({ ...place, ring: memoryRing(Object.values(keys).flat()) }, ['targets'])
  t.match((await verify(place.files, DIRECTORY, null)).roles, [{ role: 'root' }, { role: 'targets', version: 3 }])
})

t.test('names of lines and paths of targets: nothing that leads elsewhere, no word of TUF, nothing that objects have by nature', async (t) => {
  for (const good of ['tablets', 'line-2', 'a']) t.equal(lineName(good), good)
  for (const bad of ['', 'root', 'timestamp', 'constructor', '2line', '../up', 'a/b', 'A', 'a'.repeat(65), '__proto__'])
    t.throws(() => lineName(bad), { code: 'USAGE' }, bad)
  const hash = 'a'.repeat(64)
  t.same(targetParts(`tablets/dose/${hash}.s2m`), { line: 'tablets', id: 'dose', sha256: hash })
  for (const bad of [
    `tablets/../${hash}.s2m`,
    `/tablets/dose/${hash}.s2m`,
    `tablets/dose/${hash}`,
    `tablets/dose/x/${hash}.s2m`,
    'tablets/dose/a.s2m',
    `tablets/dose\\x/${hash}.s2m`,
  ])
    t.equal(targetParts(bad), null, bad)
})
