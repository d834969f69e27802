import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { trustOf } from '../../src/station/open-trust.js'
import { systemClock } from '../../src/system-clock.js'
import { nodeDisk } from '../../src/updates/disk.js'
import { furnished, OUT } from '../support/furnished-repository.js'
import { memoryDisk } from '../support/memory-disk.js'

const { signal } = new AbortController()

t.test('a root of trust that cannot be read costs looks into the repository until it can, and nothing else', async (t) => {
  const folder = t.testdir({ state: { lock: '' } })
  const files = memoryDisk()
  await furnished(files)
  for (const [path, bytes] of files.image()) {
    if (!path.startsWith(`${OUT}/`)) continue
    const file = join(folder, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, bytes)
  }
  const away = join(folder, 'away.json')
  const root = join(folder, 'root.json')
  renameSync(join(folder, OUT, 'metadata', '1.root.json'), away)
  const updates = { repository: join(folder, OUT), root, credentialsFile: null, caFile: null, checkEveryS: 3600, probationS: 120 }
  const trust = trustOf({ updates, state: { directory: join(folder, 'state') } }, { disk: nodeDisk, clock: systemClock, proxies: {} })
  if (trust === null) throw new Error('a repository is named')
  await t.rejects(trust.refresh(signal), { code: 'CONFIG_INVALID', where: 'updates.root', allowed: 'a file that can be read' })
  t.equal(trust.listing, null)
  renameSync(away, root)
  t.match(await trust.refresh(signal), { versions: { root: 1 } })
  t.equal(trust.listing?.targets.length, 2)
})

for (const key of ['credentialsFile', 'caFile'] as const)
  t.test(`a ${key} that is missing, or larger than any can be, costs looks into the repository until it is right`, async (t) => {
    const folder = t.testdir({ state: { lock: '' }, 'root.json': '{}' })
    const file = join(folder, 'file')
    const none = { credentialsFile: null, caFile: null, [key]: file }
    const updates = { repository: 'http://127.0.0.1:9/', root: join(folder, 'root.json'), ...none, checkEveryS: 3600, probationS: 120 }
    const trust = trustOf({ updates, state: { directory: join(folder, 'state') } }, { disk: nodeDisk, clock: systemClock, proxies: {} })
    if (trust === null) throw new Error('a repository is named')
    await t.rejects(trust.refresh(signal), { code: 'CONFIG_INVALID', where: `updates.${key}`, seen: /ENOENT/ })
    writeFileSync(file, Buffer.alloc(1024 * 1024 + 1))
    await t.rejects(trust.refresh(signal), { code: 'CONFIG_INVALID', where: `updates.${key}`, seen: '1048577 bytes' })
    writeFileSync(file, key === 'caFile' ? '' : 'user:password')
    await t.rejects(trust.refresh(signal), { code: 'CONFIG_INVALID', where: 'updates.root' }, 'the next thing that is wrong')
  })

t.test('without a repository there is no trust', (t) => {
  const updates = { repository: null, root: null, credentialsFile: null, caFile: null, checkEveryS: 3600, probationS: 120 }
  t.equal(trustOf({ updates, state: { directory: 'state' } }, { disk: nodeDisk, clock: systemClock, proxies: {} }), null)
  t.end()
})
