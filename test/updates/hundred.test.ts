import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { addTarget } from '../../src/repository/add.js'
import { publish } from '../../src/repository/publish.js'
import { seededRandom } from '../../src/spectrum/random.js'
import { systemClock } from '../../src/system-clock.js'
import type { Disk } from '../../src/updates/contract.js'
import { nodeDisk } from '../../src/updates/disk.js'
import { emptyRecord } from '../../src/updates/record.js'
import { openRepository } from '../../src/updates/repository.js'
import { placeOf } from '../../src/updates/rollout.js'
import { createSelfTest, type SelfTest } from '../../src/updates/selftest.js'
import type { SlotState } from '../../src/updates/state.js'
import { openTrust } from '../../src/updates/trust.js'
import { createUpdates } from '../../src/updates/updates.js'
import { childrenOf } from '../support/children.js'
import { fileServer } from '../support/file-server.js'
import { offers, sha256 } from '../support/install-rig.js'
import { madeRepository } from '../support/made-repository.js'
import { type MemoryDisk, memoryDisk } from '../support/memory-disk.js'
import { steadyHost } from '../support/orders-rig.js'
import { BUILT_MS } from '../support/update-rig.js'

const AGENTS = 100
/** So many of them test the bundle in real child processes; for all of them that would be minutes of two processors. */
const TESTING = 3
const SALT = 'autumn'
/** Looks of one agent into the repository: at its start, for its order, for the wider rollout; one to spare. */
const LOOKS = 4

t.setTimeout(120_000)

/** A repository in memory behind a real static server. */
const published = async (t: Test) => {
  const files = memoryDisk(new Map([['/author/lock', new Uint8Array()]]))
  const { place } = await madeRepository(files, '/author')
  const served = new Map<string, Uint8Array>()
  const { first } = await offers()
  const offer = async (percent: number): Promise<void> => {
    await addTarget(place, { bundle: first.bytes, where: 'tiny.s2m', line: 'lab', percent, salt: SALT, groups: [] })
    await publish(files, '/author', '/web')
    served.clear()
    for (const [path, bytes] of files.image()) if (path.startsWith('/web/')) served.set(path.replace('/web/', '/repo/'), bytes)
  }
  await offer(50)
  return { server: await fileServer(t, { files: served }), served, offer, bundle: first }
}

interface Place {
  readonly disk: Disk | MemoryDisk
  readonly state: string
}

/** An agent that has never installed anything, with trust in this repository. */
const agentOf = async (id: string, address: string, seedRoot: Uint8Array, { disk, state }: Place, selfTest: SelfTest, scratch: string) => {
  const { factory } = await offers()
  const transport = openRepository({ address, credentials: null, ca: null, proxies: {} })
  const trust = await openTrust({ disk, state, seedRoot, transport, clock: systemClock, builtMs: BUILT_MS, scratch })
  const installed = { id: 'tiny', version: '1.0.0', sha256: sha256(factory), seq: null }
  const slot = { name: 'default', record: emptyRecord, found: emptyRecord, factory: join(state, 'factory.s2m'), installed, host: steadyHost([]) }
  const updates = createUpdates({
    ...{ agent: id, groups: ['all'], version: '0.4.0', boot: 'boot-1', clock: systemClock, random: seededRandom(1), disk, state, trust },
    ...{ slots: [slot], selfTest, trial: { spectra: 50, results: 5, ms: 0 }, checkEveryMs: 3_600_000 },
    publish: () => {},
    tell: () => {},
  })
  return { id, updates, state: () => updates.state('default') }
}

t.test('a hundred agents and one static server: a rollout takes the share that it names, then all, each bundle is sent once', async (t) => {
  const { server, served, offer, bundle } = await published(t)
  const { factory } = await offers()
  const folder = t.testdir()
  const seedRoot = served.get('/repo/metadata/1.root.json') ?? new Uint8Array()
  const real = createSelfTest()
  const passes: SelfTest = async () => ({ p95Ms: 1 })
  const ids = Array.from({ length: AGENTS }, (_, i) => `box-${i}`)
  const among = ids.filter((id) => placeOf(id, SALT) < 50)
  const testing = among.slice(0, TESTING)
  const agents = await Promise.all(
    ids.map((id) => {
      const scratch = join(folder, id, 'scratch')
      if (!testing.includes(id)) {
        const disk = memoryDisk(new Map([['/state/factory.s2m', factory]]))
        return agentOf(id, server.url.href, seedRoot, { disk, state: '/state' }, passes, scratch)
      }
      const state = join(folder, id)
      mkdirSync(state)
      writeFileSync(join(state, 'factory.s2m'), factory)
      return agentOf(id, server.url.href, seedRoot, { disk: nodeDisk, state }, real, scratch)
    }),
  )
  t.teardown(() => Promise.all(agents.map(({ updates }) => updates.stop())))
  const until = async (some: typeof agents, reached: (state: SlotState) => boolean): Promise<void> => {
    while (!some.every(({ state }) => reached(state()))) await setTimeout(10)
  }
  const before = childrenOf(process.pid)
  let atOnce = 0
  const look = setInterval(() => {
    atOnce = Math.max(atOnce, childrenOf(process.pid).filter((pid) => !before.includes(pid)).length)
  }, 100)
  t.teardown(() => clearInterval(look))

  for (const { updates } of agents) {
    updates.start()
    updates.connected()
    // One retained message of the group.
    updates.desired({ slot: 'default', group: 'all', payload: Buffer.from('{"model": "lab/tiny"}') })
  }
  const first = agents.filter(({ id }) => among.includes(id))
  const others = agents.filter(({ id }) => !among.includes(id))
  t.ok(first.length > 30 && others.length > 30, `${first.length} of ${AGENTS} are among the first 50 %`)
  await until(first, ({ phase }) => phase === 'committed')
  await until(others, ({ refusal }) => refusal?.why === 'rollout')
  t.ok(first.every(({ state }) => state().installed?.sha256 === bundle.target.sha256))
  t.ok(others.every(({ state }) => state().phase === 'idle' && state().installed?.version === '1.0.0'))

  await offer(100)
  await Promise.all(agents.map(({ updates }) => updates.check('default')))
  await until(agents, ({ phase }) => phase === 'committed')
  t.ok(agents.every(({ state }) => state().installed?.sha256 === bundle.target.sha256 && state().refusal === null))

  const sent = server.requests.filter(({ url }) => url?.endsWith('.s2m'))
  t.equal(sent.length, AGENTS, 'nobody asks for a bundle twice')
  const metadata = [...served].filter(([path]) => path.startsWith('/repo/metadata/')).reduce((sum, [, { length }]) => sum + length, 0)
  const most = AGENTS * (bundle.bytes.length + LOOKS * metadata)
  t.ok(server.sent <= most, `${server.sent} bytes, at most ${most}`)
  t.equal(atOnce, 2, 'self-tests of one process run two at a time')
})
