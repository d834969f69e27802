import { TargetFile } from '@tufjs/models'
import t from 'tap'
import { makeKey } from '../../../src/repository/keys.js'
import { delegationsWith } from '../../../src/repository/metadata.js'
import { openTrust } from '../../../src/updates/trust.js'
import { attacked } from '../../support/attack.js'
import { current, forge, relisted } from '../../support/forgery.js'
import { clockAhead, emptyDisk, updateRig } from '../../support/update-rig.js'

const { signal } = new AbortController()
const RESOLVED = {
  file: 'src/updates/listing.ts',
  line: 'if ((await verified.resolve(path))?.equals(file) !== true) throw outsideItsLine(path, role, where)',
  replacement: '',
}

attacked('the key of a line signs for a bundle of another line', {
  attack: async ({ rig }) => {
    const { line } = await current(rig)
    const [[path, file] = []] = Object.entries(line.metadata.signed.targets)
    if (path === undefined || file === undefined) throw new Error('nothing in the line')
    const stolen = path.replace('tablets/', 'moss/')
    const forged = new TargetFile({ ...file, path: stolen })
    await forge(rig, { line: relisted(line, [rig.lineKey], { targets: { [stolen]: forged } }) })
  },
  code: 'TRUST_PATH',
  line: 'tablets',
  checks: [RESOLVED],
  succeeded: ({ targets }) => targets.some(({ line }) => line === 'moss'),
})

attacked('the key of a line says otherwise about a bundle that the whole repository lists', {
  attack: async ({ rig }) => {
    const { line, targets } = await current(rig)
    const [[path, file] = []] = Object.entries(targets.metadata.signed.targets)
    if (path === undefined || file === undefined) throw new Error('nothing in the list')
    const forged = new TargetFile({ ...file, length: file.length + 1 })
    await forge(rig, { line: relisted(line, [rig.lineKey], { targets: { [path]: forged } }) })
  },
  code: 'TRUST_PATH',
  line: 'tablets',
  checks: [RESOLVED],
  succeeded: async ({ targets }, { rig }) => {
    const [file] = Object.values((await current(rig)).targets.metadata.signed.targets)
    return targets.some(({ line, bytes }) => line === 'bark' && bytes === (file?.length ?? 0) + 1)
  },
})

attacked('a delegation of everything to the key of one line', {
  attack: async ({ rig }) => {
    const { targets } = await current(rig)
    const delegations = delegationsWith(targets.metadata.signed.delegations, 'tablets', { keyIDs: [rig.lineKey.id], threshold: 1, paths: ['*/*/*'] })
    await forge(rig, { targets: relisted(targets, rig.keys.targets, { delegations }) })
  },
  code: 'TRUST_PATH',
  checks: [{ file: 'src/updates/tuf-client.ts', line: 'if (!own)', replacement: 'if (false)' }],
  succeeded: ({ targets }) => targets.some(({ line }) => line === 'tablets'),
})

for (const name of ['../../../etc', 'constructor', 'a/b', 'A', `a${'b'.repeat(64)}`, 'a\u0000'])
  t.test(`a delegation to ${JSON.stringify(name).slice(0, 30)} is refused before a file of that name is asked for`, async (t) => {
    const rig = await updateRig(t)
    const asked: string[] = []
    const agent = await openTrust({
      disk: emptyDisk(),
      state: '/state',
      seedRoot: rig.seedRoot,
      transport: {
        where: 'spy',
        fetch: (path, offset, signal) => {
          asked.push(path)
          return rig.transport.fetch(path, offset, signal)
        },
      },
      clock: clockAhead(0),
      builtMs: 0,
      scratch: t.testdir(),
    })
    const { targets } = await current(rig)
    const key = makeKey()
    const delegations = delegationsWith(
      targets.metadata.signed.delegations,
      name,
      { keyIDs: [key.id], threshold: 1, paths: [`${name}/*/*`] },
      { [key.id]: key.key },
    )
    await forge(rig, { targets: relisted(targets, rig.keys.targets, { delegations }) })
    await t.rejects(agent.refresh(signal), { code: 'TRUST_PATH' })
    t.strictSame([...new Set(asked.map((path) => path.replace(/\d+\./, '')))].sort(), [
      'metadata/root.json',
      'metadata/snapshot.json',
      'metadata/targets.json',
      'metadata/timestamp.json',
    ])
  })

attacked('a line that hands on what it may sign for', {
  attack: async ({ rig }) => {
    const { line } = await current(rig)
    const key = makeKey()
    const delegations = delegationsWith(undefined, 'other', { keyIDs: [key.id], threshold: 1, paths: ['other/*/*'] }, { [key.id]: key.key })
    await forge(rig, { line: relisted(line, [rig.lineKey], { delegations }) })
  },
  code: 'TRUST_PATH',
  line: 'tablets',
  checks: [
    {
      file: 'src/updates/tuf-client.ts',
      line: 'lines.set(line, list.delegations === undefined ? list : handsOn(line, where))',
      replacement: 'lines.set(line, list)',
    },
  ],
  succeeded: ({ targets }) => targets.some(({ line }) => line === 'tablets'),
})
