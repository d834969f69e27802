import t from 'tap'
import { addTarget } from '../../src/repository/add.js'
import { memoryRing } from '../../src/repository/key-ring.js'
import { publish } from '../../src/repository/publish.js'
import { refresh } from '../../src/repository/refresh.js'
import { rotate } from '../../src/repository/role-keys.js'
import { verify } from '../../src/repository/verify.js'
import { DIRECTORY, fresh, furnished, OUT } from '../support/furnished-repository.js'
import { madeRepository, offer } from '../support/made-repository.js'
import { memoryDisk } from '../support/memory-disk.js'
import { remains } from '../support/power-cut.js'
import { recordingDisk } from '../support/recording-disk.js'

t.test('a program that forgot one sync would be found out', async (t) => {
  const forgetful: Readonly<Record<string, RegExp>> = {
    'the bundle': /bundles.*unfinished$/,
    'its folder': /^\/author\/bundles\/tobacco$/,
    targets: /targets\.json/,
    snapshot: /snapshot\.json/,
    timestamp: /timestamp\.json/,
    'the folder of metadata': /\/metadata$/,
  }
  for (const [what, path] of Object.entries(forgetful)) {
    let forgets = false
    const disk = recordingDisk(memoryDisk(), ({ kind, path: synced }) =>
      forgets && kind.startsWith('sync') && path.test(synced) ? 'skip' : undefined,
    )
    const made = await furnished(disk)
    const before = disk.operations.length
    forgets = true
    await addTarget(made.place, offer('tobacco'))
    const verdicts = await Promise.all(
      remains(new Map(), disk.operations, before).map((image) =>
        verify(memoryDisk(image), DIRECTORY, null).then(
          () => true,
          () => false,
        ),
      ),
    )
    t.ok(verdicts.includes(false), `the sync of ${what}`)
  }
})

t.test('init that was cut short can be begun anew, and one that was not is left alone', async (t) => {
  const disk = recordingDisk(memoryDisk())
  await madeRepository(disk, DIRECTORY)
  const images = remains(new Map(), disk.operations)
  for (const image of images) {
    const left = memoryDisk(image)
    const whole = (await left.read(`${DIRECTORY}/metadata/timestamp.json`)) !== null
    if (whole) await t.rejects(madeRepository(left, DIRECTORY), { code: 'REPOSITORY_INVALID', seen: 'a repository' })
    else await madeRepository(left, DIRECTORY)
    await verify(left, DIRECTORY, null)
  }
  t.ok(images.length > 10)
})

t.test('a lost key makes one moment that does not verify, which is told, and which refresh mends', async (t) => {
  const disk = recordingDisk(memoryDisk())
  const made = await furnished(disk)
  const { key, place, first } = fresh(made, 'timestamp')
  const before = disk.operations.length
  const withoutOld = { ...place, ring: memoryRing([...made.keys.root, ...made.keys.targets, ...made.keys.snapshot, key]) }
  t.match(await rotate(withoutOld, 'timestamp', null, key.key, first), { gap: true })
  await verify(disk, DIRECTORY, null)
  let mended = 0
  for (const image of remains(new Map(), disk.operations, before)) {
    const left = memoryDisk(image)
    const broken = await verify(left, DIRECTORY, null).then(
      () => false,
      () => true,
    )
    if (!broken) continue
    mended++
    await t.rejects(verify(left, DIRECTORY, null), { code: 'TRUST_THRESHOLD', cure: /repo refresh/ })
    await refresh({ ...withoutOld, files: left })
    await verify(left, DIRECTORY, null)
  }
  t.ok(mended > 0)
  t.match(await publish(disk, DIRECTORY, OUT), { gap: true })
  await verify(disk, OUT, null)
})
