import t from 'tap'
import { Failure } from '../../src/failures.js'
import { emptyRecord, MAX_RECORD_BYTES, readRecord, writeRecord } from '../../src/updates/record.js'
import { openSlot, sidePath } from '../../src/updates/slot.js'
import { begun, offers, openBundle, rigPlace, sha256, startImage } from '../support/install-rig.js'
import { memoryDisk } from '../support/memory-disk.js'
import { recordingDisk } from '../support/recording-disk.js'

const { folder } = rigPlace
const record = `${folder}/active.json`

const committed = async () => {
  const { rig, disk, first } = await begun()
  await rig.reached('committed')
  return { image: new Map(disk.image()), first }
}

t.test('a slot that was never updated answers with the factory bundle and writes nothing', async (t) => {
  const { factory } = await offers()
  const disk = recordingDisk(memoryDisk(await startImage()))
  t.match(await openBundle(disk), { model: sha256(factory), record: emptyRecord, answering: { side: null, path: rigPlace.factory }, told: [] })
  t.strictSame(disk.operations, [])
})

t.test('bytes on a side that are not the recorded ones never answer, also where they are a whole bundle', async (t) => {
  const { factory, second } = await offers()
  for (const bytes of [second.bytes, second.bytes.slice(0, 5000), new Uint8Array(), null]) {
    const { image } = await committed()
    if (bytes) image.set(sidePath(folder, 'a'), bytes)
    else image.delete(sidePath(folder, 'a'))
    const disk = memoryDisk(image)
    const opened = await openBundle(disk)
    t.equal(opened.model, sha256(factory))
    t.match(opened.record, { active: null, phase: 'rolled-back', reason: { code: 'SIDE_DAMAGED', cause: 'machine' }, denied: [] })
    t.strictSame((await openBundle(disk)).record, opened.record, 'and the disk knows it')
  }
})

t.test('a side that cannot be read is as good as damaged', async (t) => {
  const { factory } = await offers()
  const { image } = await committed()
  const inner = memoryDisk(image)
  const broken = {
    ...inner,
    read: async (path: string) => {
      if (path === sidePath(folder, 'a')) throw new Failure('STORE_FAILED', { seen: 'EIO' })
      return inner.read(path)
    },
  }
  t.match(await openBundle(broken), { model: sha256(factory), record: { reason: { code: 'SIDE_DAMAGED', text: /EIO/ } } })
})

t.test('a bundle that no longer opens is stepped back from; one that only lacks the engine stays', async (t) => {
  const { image, first } = await committed()
  const place = { ...rigPlace, disk: memoryDisk(image) }
  const failing = (code: 'BUNDLE_SELFTEST' | 'PART_MISSING') => async (path: string) => {
    if (path === rigPlace.factory && code === 'BUNDLE_SELFTEST') return 'factory'
    throw new Failure(code)
  }
  await t.rejects(openSlot({ ...place, load: failing('PART_MISSING') }), { code: 'PART_MISSING' })
  t.equal((await openBundle(place.disk)).model, first.target.sha256)
  t.match(await openSlot({ ...place, load: failing('BUNDLE_SELFTEST') }), {
    model: 'factory',
    record: { active: null },
    told: [{ code: 'BUNDLE_SELFTEST' }],
  })
})

t.test('a start that cannot be counted is not made with a bundle on trial', async (t) => {
  const { factory, first } = await offers()
  const { rig, disk } = await begun({ trial: { spectra: 50, results: 5, ms: 1 } })
  await rig.reached('probation')
  const image = disk.image()
  await rig.installer.stop()
  const full = recordingDisk(memoryDisk(image), () => 'ENOSPC')
  t.match(await openBundle(full), {
    model: sha256(factory),
    record: { phase: 'rolled-back', reason: { code: 'DISK_FULL', cause: 'machine' }, denied: [] },
  })
  t.match(await openBundle(memoryDisk(image)), { model: first.target.sha256, record: { phase: 'probation', starts: 1 } })
})

t.test('a record that is too large, of another format or at odds with itself is told, and none is written that could not be read', async (t) => {
  const encoded = (text: string) => new TextEncoder().encode(text)
  const wrong = { ...emptyRecord, active: 'a' }
  for (const text of ['x'.repeat(MAX_RECORD_BYTES + 1), '{}', JSON.stringify({ ...emptyRecord, format: 2 }), JSON.stringify(wrong)]) {
    const found = await readRecord(memoryDisk(new Map([[record, encoded(text)]])), folder)
    t.match(found, { record: emptyRecord, damage: { code: 'STORE_FAILED', where: record } })
  }
  const full = { ...emptyRecord, denied: Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(64, '0')) }
  const disk = memoryDisk(await startImage())
  await disk.makeFolder(folder)
  await writeRecord(disk, folder, full)
  t.strictSame(await readRecord(disk, folder), { record: full, damage: null })
})
