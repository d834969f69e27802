import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { type Phase, phases } from '../../src/updates/contract.js'
import { reason } from '../../src/updates/reason.js'
import { RECORD_FILE } from '../../src/updates/record.js'
import { heed } from '../../src/updates/verbs.js'
import { begun, endless, judged, offers, openBundle, type Rig, type RigParts, rigPlace, sha256, startRig } from '../support/install-rig.js'
import { type DiskImage, memoryDisk } from '../support/memory-disk.js'
import { type Fault, type Operation, recordingDisk } from '../support/recording-disk.js'

const { boot, folder } = rigPlace
const recordFile = join(folder, RECORD_FILE)
const LATER = 'e'.repeat(64)
const states = phases.filter((phase) => phase !== 'idle')

/** A slot on which the first bundle was committed: the second one goes to the other side. */
const committed = begun().then(async ({ rig, disk }) => {
  await rig.reached('committed')
  return disk.image()
})

/** An agent in which the install of the second bundle goes through this state. */
const partsFor = (state: Phase): RigParts => {
  if (state === 'rejected') return { selfTest: async () => ({ reason: reason('NOT_FINITE') }) }
  return state === 'rolled-back' ? { host: { results: (signal) => endless(() => judged(null, { finite: false }), signal) } } : {}
}
const order = async (rig: Rig): Promise<void> => {
  const { second } = await offers()
  await rig.installer.order((record) => heed(record, second.target, LATER, boot)).catch(() => {})
}
const until = async (come: () => boolean): Promise<void> => {
  for (let turns = 0; !come() && turns < 20_000; turns++) await setImmediate()
}
const ended = (rig: Rig) => ['committed', 'rejected', 'rolled-back'].includes(rig.installer.report().record.phase)

/** The record of this state is about to be written. */
const writes = (state: Phase, { kind, ...operation }: Operation): boolean =>
  kind === 'write' && operation.path.startsWith(recordFile) && 'bytes' in operation && Buffer.from(operation.bytes).includes(`"phase":"${state}"`)

/** One update on a disk with this fault, up to its end or that of the process. */
const update = async (state: Phase, fault: (operation: Operation) => Fault | undefined, onPhase?: (rig: Rig, image: () => DiskImage) => void) => {
  const inner = memoryDisk(await committed)
  let armed = false
  const disk = recordingDisk(inner, (operation) => (armed ? fault(operation) : undefined))
  let rig: Rig | null = null
  const started = await startRig(disk, {
    ...partsFor(state),
    onPhase: (phase) => {
      if (phase === state && rig) onPhase?.(rig, inner.image)
    },
  })
  rig = started
  armed = true
  const ordered = order(started)
  await until(() => disk.killed || (started.phases.includes(state) && ended(started)) || started.told.length > 0)
  if (!disk.killed) await ordered
  return { rig: started, inner, disk }
}

/** A start on what was left: whole, known, and good for another install. */
const answersAfterwards = async (t: Test, image: DiskImage, name: string): Promise<void> => {
  const { factory, first, second } = await offers()
  const disk = memoryDisk(image)
  const opened = await openBundle(disk)
  const known = [first.target.sha256, second.target.sha256]
  t.ok(
    known.includes(opened.model) || (opened.told.length > 0 && opened.model === sha256(factory)),
    `${name}: ${opened.record.phase} answers ${opened.model.slice(0, 8)}`,
  )
  const rig = await startRig(disk)
  rig.installer.start()
  await order(rig)
  await until(() => ended(rig))
  const { record } = rig.installer.report()
  if (!record.denied.includes(second.target.sha256))
    t.equal((await openBundle(disk)).model, second.target.sha256, `${name}: and the next attempt stands`)
}

for (const state of states) {
  t.test(`${state}: killed before, while and after it is written, a whole bundle answers`, async (t) => {
    for (const fault of ['kill', 'torn'] as const) {
      const { disk, inner } = await update(state, (operation) => (writes(state, operation) ? fault : undefined))
      t.ok(disk.killed, `${fault} came`)
      await answersAfterwards(t, inner.image(), `${fault} at the write`)
    }
    for (const after of ['sync', 'rename', 'syncFolder'] as const) {
      let written = false
      const { disk, inner } = await update(state, (operation) => {
        written ||= writes(state, operation)
        return written && operation.kind === after ? 'kill' : undefined
      })
      t.ok(disk.killed, `kill at ${after} came`)
      await answersAfterwards(t, inner.image(), `kill at ${after}`)
    }
    let image: DiskImage | null = null
    await update(
      state,
      () => undefined,
      (_, now) => {
        image = now()
      },
    )
    t.ok(image, 'the state was seen')
    await answersAfterwards(t, image ?? new Map(), 'killed in it')
  })

  t.test(`${state}: a record that is torn or empty is told, and a whole bundle answers`, async (t) => {
    const images: Map<string, Uint8Array>[] = []
    await update(
      state,
      () => undefined,
      (_, now) => void images.push(new Map(now()), new Map(now())),
    )
    for (const [i, image] of images.entries()) {
      const bytes = image.get(recordFile) ?? new Uint8Array()
      image.set(recordFile, bytes.slice(0, i === 0 ? bytes.length >> 1 : 0))
      t.match((await openBundle(memoryDisk(image))).told, [{ code: 'STORE_FAILED', where: recordFile }])
      await answersAfterwards(t, image, i === 0 ? 'torn' : 'empty')
    }
    t.equal(images.length, 2)
  })

  t.test(`${state}: a full disk and an input/output error deny nothing and are tried again`, async (t) => {
    for (const [fault, at] of [
      ['ENOSPC', 'write'],
      ['EIO', 'sync'],
      ['EIO', 'rename'],
      ['EIO', 'syncFolder'],
    ] as const) {
      const { second } = await offers()
      let written = false
      let done = false
      const { rig, inner } = await update(state, (operation) => {
        written ||= writes(state, operation)
        if (!written || done || operation.kind !== at) return undefined
        done = true
        return fault
      })
      t.ok(done, `${fault} at ${at} came`)
      await openBundle(memoryDisk(inner.image()))
      for (let attempt = 0; attempt < 3; attempt++) await rig.clock.advance(1_800_000)
      await until(() => ended(rig))
      const { record } = rig.installer.report()
      const bad = state === 'rejected' || state === 'rolled-back'
      t.equal(record.phase, bad ? state : 'committed', `${fault} at ${at}`)
      t.strictSame(record.denied, bad ? [second.target.sha256] : [])
      t.strictSame((await openBundle(memoryDisk(inner.image()))).record, record, 'in the end the disk knows it too')
    }
  })

  t.test(`${state}: the same order again, and a clock that falls ten years back, change nothing`, async (t) => {
    const disturb: readonly ((rig: Rig) => void)[] = [
      (rig) => void order(rig),
      (rig) => rig.clock.setWall(rig.clock.wallMs() - 10 * 365 * 86_400_000),
    ]
    for (const disturbance of disturb) {
      const { rig } = await update(state, () => undefined, disturbance)
      await until(() => ended(rig))
      t.equal(rig.installer.report().record.phase, state === 'rejected' || state === 'rolled-back' ? state : 'committed')
      t.equal(rig.phases.filter((phase) => phase === 'fetching').length, 1)
    }
  })
}
