import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { Failure } from '../../src/failures.js'
import { openSlots } from '../../src/station/open-slots.js'
import type { SlotRecord } from '../../src/updates/contract.js'
import { nodeDisk } from '../../src/updates/disk.js'
import { emptyRecord, RECORD_FILE } from '../../src/updates/record.js'
import { sidePath } from '../../src/updates/slot.js'
import { sha256 } from '../support/install-rig.js'
import { manualClock } from '../support/manual-clock.js'
import { tinyBundle } from '../support/tiny-model.js'

/** State folder and factory bundles of an agent with these slots. */
const place = async (t: Test, ...names: readonly string[]) => {
  const folder = t.testdir()
  const factory = join(folder, 'factory.s2m')
  writeFileSync(factory, await tinyBundle({ version: '1.0.0' }))
  const told: Failure[] = []
  const slotFolder = (name: string) => join(folder, 'state', 'models', name)
  /** A bundle on side a, and what the record says of it. */
  const install = (name: string, bytes: Uint8Array, changes: Partial<SlotRecord> = {}) => {
    mkdirSync(join(slotFolder(name), 'a'), { recursive: true })
    writeFileSync(sidePath(slotFolder(name), 'a'), bytes)
    const a = { id: 'tiny', version: '2.0.0', sha256: sha256(bytes), seq: 1 }
    const record: SlotRecord = { ...emptyRecord, phase: 'committed', active: 'a', sides: { a, b: null }, boot: 'boot-1', ...changes }
    writeFileSync(join(slotFolder(name), RECORD_FILE), JSON.stringify(record))
  }
  const open = async (bundle = factory) => {
    const models = Object.fromEntries(names.map((name) => [name, { bundle }]))
    const settings = { models, state: { directory: join(folder, 'state') } }
    const opened = await openSlots({
      ...{ settings, disk: nodeDisk, boot: 'boot-1', clock: manualClock(), agentVersion: '0.4.0' },
      swapped: () => {},
      tell: (failure) => told.push(failure),
    })
    t.teardown(() => Promise.all([...opened.values()].map(({ slot }) => slot.close())))
    return opened
  }
  const recordOf = (name: string): SlotRecord => JSON.parse(readFileSync(join(slotFolder(name), RECORD_FILE), 'utf8'))
  return { factory, told, install, open, recordOf }
}

t.test('each slot answers with what is its own: one with an installed bundle, the other with the factory bundle', async (t) => {
  const { install, open, told } = await place(t, 'left', 'right')
  install('left', await tinyBundle({ version: '2.0.0' }))
  const opened = await open()
  const versions = ['left', 'right'].map((name) => opened.get(name)?.slot.seat.model?.bundle.manifest.version)
  t.strictSame(versions, ['2.0.0', '1.0.0'])
  t.match(opened.get('left')?.updates.installed, { version: '1.0.0' }, 'what a rollback would come to')
  t.strictSame(told, [])
})

t.test('a factory bundle that cannot be read keeps nobody from answering with what is installed, and is told', async (t) => {
  const { install, open, told, factory } = await place(t, 'left')
  install('left', await tinyBundle({ version: '2.0.0' }))
  const opened = await open(`${factory}.gone`)
  t.equal(opened.get('left')?.slot.seat.model?.bundle.manifest.version, '2.0.0')
  t.equal(opened.get('left')?.updates.installed, null)
  t.match(told, [{ code: 'BUNDLE_INVALID', where: `${factory}.gone` }])
})

t.test('a factory bundle that was replaced while something else answered is named as what it is after a step back', async (t) => {
  const { install, open, factory } = await place(t, 'left')
  install('left', await tinyBundle({ version: '2.0.0' }))
  const left = (await open()).get('left')
  const replaced = await tinyBundle({ version: '1.0.1' })
  writeFileSync(factory, replaced)
  await left?.updates.host.answer({ side: null, path: factory })
  t.strictSame(left?.updates.installed, { id: 'tiny', version: '1.0.1', sha256: sha256(replaced), seq: null })
})

t.test('a start with a bundle on trial is counted on the disk, and the second in one boot is made without it', async (t) => {
  const { install, open, recordOf } = await place(t, 'left', 'right')
  const bytes = await tinyBundle({ version: '2.0.0' })
  const target = {
    path: `lab/tiny/${sha256(bytes)}.s2m`,
    line: 'lab',
    id: 'tiny',
    version: '2.0.0',
    sha256: sha256(bytes),
    bytes: bytes.length,
    seq: 1,
  }
  install('left', bytes, { phase: 'probation', target: { ...target, rollout: { percent: 100, salt: 's' }, groups: [] } })
  t.equal((await open()).get('left')?.slot.seat.model?.bundle.manifest.version, '2.0.0')
  t.match(recordOf('left'), { phase: 'probation', starts: 1 })
  const again = await open()
  t.equal(again.get('left')?.slot.seat.model?.bundle.manifest.version, '1.0.0')
  t.match(recordOf('left'), { phase: 'rolled-back', active: null, reason: { code: 'CRASHED' }, denied: [sha256(bytes)] })
  t.equal(again.get('right')?.updates.record.phase, 'idle')
})
