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
import { type PowerCutFiles, powerCutFiles } from '../support/power-cut-files.js'

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

const verifiesAlways = async (t: Test, files: PowerCutFiles, directory: string, minimum: number) => {
  const { remains } = files
  t.ok(remains.length >= minimum, `${remains.length} different states of the disk`)
  let failed = 0
  for (const left of remains) {
    const error = await verify(left, directory, null).then(
      () => null,
      (reason: unknown) => reason,
    )
    if (error !== null && failed++ === 0) t.fail(String(error))
  }
  t.equal(failed, 0, `${directory} verifies in each`)
}

for (const [name, command] of Object.entries(commands))
  t.test(`power cut during ${name}: the folder verifies at every moment, and again after the next refresh`, async (t) => {
    const files = powerCutFiles()
    const made = await furnished(files)
    files.begin()
    await command(made)
    await verifiesAlways(t, files, DIRECTORY, 6)
    for (const left of files.remains) {
      // Whatever the cut command left is taken up by the next one. New keys are read from where the cut left them.
      await refresh({
        ...made.place,
        files: left,
        ring: joinedRing(
          made.place.ring,
          folderRing(left, KEYS, async () => null),
        ),
      })
    }
    files.begin()
    await publish(files, DIRECTORY, OUT)
    await verifiesAlways(t, files, OUT, 3)
  })
