import t from 'tap'
import { type Phase, phases } from '../../src/updates/contract.js'
import { readRecord } from '../../src/updates/record.js'
import { heed } from '../../src/updates/verbs.js'
import { begun, offers, openBundle, rigPlace, startImage, startRig, UNDER } from '../support/install-rig.js'
import { type DiskImage, memoryDisk } from '../support/memory-disk.js'
import { type Remains, remainsByMoment } from '../support/power-cut.js'
import { type Operation, recordingDisk } from '../support/recording-disk.js'

const { boot, folder } = rigPlace
const order: readonly Phase[] = ['fetching', 'verified', 'staged', 'selftest', 'shadow', 'probation', 'committed']

interface Recording {
  readonly start: DiskImage
  readonly end: DiskImage
  readonly operations: readonly Operation[]
  /** How many operations were done when the step of a phase began: from then on the disk must know it. */
  readonly began: readonly { readonly phase: Phase; readonly at: number }[]
  readonly old: string
  readonly fresh: string
}

/** One whole update, recorded: of a new slot, or of one whose sides both hold a bundle. */
const record = async (start: DiskImage, which: 'first' | 'second' | 'third'): Promise<Recording> => {
  const { target } = (await offers())[which]
  const inner = memoryDisk(start)
  const disk = recordingDisk(inner)
  const began: { phase: Phase; at: number }[] = []
  const rig = await startRig(disk, { onPhase: (phase) => void began.push({ phase, at: disk.operations.length }) })
  await rig.installer.order((before) => heed(before, target, UNDER, boot))
  await rig.reached('committed')
  return { start, end: inner.image(), operations: disk.operations, began, old: rig.opened, fresh: target.sha256 }
}

/** What a start finds on a disk, told once for each content. */
const starts = new Map<string, Promise<Awaited<ReturnType<typeof find>>>>()
const find = async (image: DiskImage) => {
  const { record: known, damage } = await readRecord(memoryDisk(image), folder)
  const { record, told, model } = await openBundle(memoryDisk(image))
  return { known, mended: damage?.message ?? told[0]?.message ?? record.reason?.text ?? null, model }
}

/** Why what a power cut left is not what it must be; null: it is. */
const wrongWith = async ({ began, old, fresh }: Recording, { done, image, print }: Remains): Promise<string | null> => {
  const found = starts.get(print) ?? find(image)
  starts.set(print, found)
  const { known, mended, model } = await found
  if (mended !== null) return mended
  const ofThis = known.target?.sha256 === fresh || (known.active !== null && known.sides[known.active]?.sha256 === fresh)
  const phase: Phase = ofThis ? known.phase : 'idle'
  const due = began.filter(({ at }) => at <= done).at(-1)?.phase ?? 'idle'
  if (phases.indexOf(phase) < phases.indexOf(due)) return `${due} began, the disk says ${phase}`
  const wanted = ['probation', 'committed'].includes(phase) ? fresh : old
  return model === wanted ? null : `${model} answers in ${phase}`
}

/** Every power cut of a recording, after this many operations of it have lost their effect. */
const sweep = async (recording: Recording, operations = recording.operations): Promise<string | null> => {
  for (const remains of remainsByMoment(recording.start, operations)) {
    const wrong = await wrongWith(recording, remains)
    if (wrong !== null) return `after ${remains.done} operations: ${wrong}`
  }
  return null
}

/** Done, as far as the program knows, and without effect. */
const lost: Operation = { kind: 'sync', path: '/package/factory.s2m' }

const updates = {
  'the first update of a slot': async () => record(await startImage(), 'first'),
  'an update of a slot that is full': async () => {
    const { rig, disk } = await begun()
    await rig.reached('committed')
    const { end } = await record(disk.image(), 'second')
    return record(end, 'third')
  },
}

for (const [name, make] of Object.entries(updates)) {
  t.test(`${name}: a power cut after any operation leaves a whole bundle that answers`, async (t) => {
    const recording = await make()
    t.strictSame(
      recording.began.map(({ phase }) => phase),
      order,
      'every state was recorded',
    )
    t.equal(await sweep(recording), null)
  })

  t.test(`${name}: a build that leaves out one sync is caught`, async (t) => {
    const recording = await make()
    const caught: (readonly [string, boolean])[] = []
    for (const [i, { kind, path }] of recording.operations.entries()) {
      if (kind !== 'sync' && kind !== 'syncFolder') continue
      const wrong = await sweep(recording, recording.operations.with(i, lost))
      caught.push([`${i} ${kind} ${path}`, wrong !== null])
    }
    t.ok(caught.length >= 16, `${caught.length} syncs`)
    t.strictSame(
      caught.filter(([, was]) => !was).map(([what]) => what),
      [],
    )
  })
}
