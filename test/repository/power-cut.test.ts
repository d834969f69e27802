import t, { type Test } from 'tap'
import { addTarget } from '../../src/repository/add.js'
import { delegate } from '../../src/repository/delegate.js'
import { folderRing, joinedRing } from '../../src/repository/key-ring.js'
import type { Workplace } from '../../src/repository/open.js'
import { publish } from '../../src/repository/publish.js'
import { refresh } from '../../src/repository/refresh.js'
import { rotate } from '../../src/repository/role-keys.js'
import { verify } from '../../src/repository/verify.js'
import { withdraw } from '../../src/repository/withdraw.js'
import { DIRECTORY, type Furnished, fresh, furnished, KEYS, OUT } from '../support/furnished-repository.js'
import { offer } from '../support/made-repository.js'
import { type DiskImage, memoryDisk } from '../support/memory-disk.js'
import { remains } from '../support/power-cut.js'
import { recordingDisk } from '../support/recording-disk.js'

const withNewKey = (role: string, drop: (made: Furnished) => string | null) => async (made: Furnished) => {
  const { key, place, first } = fresh(made, role)
  await rotate(place, role, drop(made), key.key, first)
}

const commands: Readonly<Record<string, (made: Furnished) => Promise<unknown>>> = {
  add: ({ place }) => addTarget(place, offer('tobacco')),
  'add in a line': ({ place }) => addTarget(place, { ...offer('tablets'), percent: 10 }),
  'delegate, which moves a bundle': async (made) => {
    const { key, place, first } = fresh(made, 'bark')
    await delegate(place, 'bark', { keys: [key.key], threshold: 1 }, first)
  },
  refresh: ({ place }) => refresh(place),
  'refresh of everything': ({ place }) => refresh(place, ['root', 'targets', 'tablets']),
  'rotate root': withNewKey('root', ({ keys }) => keys.root[0]?.id ?? null),
  'rotate targets': withNewKey('targets', () => null),
  'rotate snapshot': withNewKey('snapshot', () => null),
  'rotate timestamp': withNewKey('timestamp', () => null),
  'rotate a line': withNewKey('tablets', () => null),
  'withdraw a bundle': ({ place }) => withdrawFirst(place),
}

/** The bundle outside of lines, by its path. */
const withdrawFirst = async (place: Workplace) => {
  const { targets } = await verify(place.files, DIRECTORY, null)
  await withdraw(place, targets.find(({ role }) => role === 'targets')?.path ?? '')
}

const verifiesAlways = async (t: Test, left: readonly DiskImage[], directory: string, minimum: number) => {
  t.ok(left.length >= minimum, `${left.length} different states of the disk`)
  let failed = 0
  for (const image of left) {
    const error = await verify(memoryDisk(image), directory, null).then(
      () => null,
      (reason: unknown) => reason,
    )
    if (error !== null && failed++ === 0) t.fail(String(error))
  }
  t.equal(failed, 0, `${directory} verifies in each`)
}

for (const [name, command] of Object.entries(commands))
  t.test(`power cut during ${name}: the folder verifies at every moment, and again after the next refresh`, async (t) => {
    const disk = recordingDisk(memoryDisk())
    const made = await furnished(disk)
    const before = disk.operations.length
    await command(made)
    const left = remains(new Map(), disk.operations, before)
    await verifiesAlways(t, left, DIRECTORY, 6)
    for (const image of left) {
      const files = memoryDisk(image)
      // Whatever the cut command left is taken up by the next one. New keys are read from where the cut left them.
      await refresh({
        ...made.place,
        files,
        ring: joinedRing(
          made.place.ring,
          folderRing(files, KEYS, async () => null),
        ),
      })
    }
    const done = disk.operations.length
    await publish(disk, DIRECTORY, OUT)
    await verifiesAlways(t, remains(new Map(), disk.operations, done), OUT, 3)
  })
