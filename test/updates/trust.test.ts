import t from 'tap'
import { addTarget } from '../../src/repository/add.js'
import { memoryRing } from '../../src/repository/key-ring.js'
import { makeKey } from '../../src/repository/keys.js'
import { refresh } from '../../src/repository/refresh.js'
import { rotate } from '../../src/repository/role-keys.js'
import type { Target } from '../../src/updates/contract.js'
import { openTrust } from '../../src/updates/trust.js'
import { offer, shippedBundle } from '../support/made-repository.js'
import type { memoryDisk } from '../support/memory-disk.js'
import { recordingDisk } from '../support/recording-disk.js'
import { clockAhead, emptyDisk, type Rig, updateRig } from '../support/update-rig.js'

const { signal } = new AbortController()

const inLine = (targets: readonly Target[], line: string): Target => {
  const found = targets.find((target) => target.line === line)
  if (!found) throw new Error(`nothing of the line ${line}`)
  return found
}

/** A later state of the repository. */
const moveOn = async (rig: Rig): Promise<void> => {
  await refresh(rig.place)
  await rig.publish()
}

t.test('what the repository lists is found, fetched and verified', async (t) => {
  const rig = await updateRig(t)
  const disk = emptyDisk()
  const agent = await rig.agent(openTrust, { disk })
  t.equal(agent.listing, null)
  const { targets, versions, expiresMs, refused } = await agent.refresh(signal)
  t.strictSame(
    targets.map(({ line, id, version, seq, groups }) => ({ line, id, version, seq, groups })).sort((a, b) => a.seq - b.seq),
    [
      { line: 'tablets', id: 'tablet-dose', version: '1.0.0', seq: 1, groups: [] },
      { line: 'bark', id: 'tablet-dose', version: '1.0.0', seq: 2, groups: [] },
    ],
  )
  t.strictSame(refused, [])
  t.match(versions, { root: 1, timestamp: Number, snapshot: Number, targets: Number })
  t.ok(expiresMs > Date.now())
  t.equal(agent.damaged, null)
  const seen: number[] = []
  const path = await agent.fetchTarget(inLine(targets, 'tablets'), { signal, progress: (bytes) => seen.push(bytes) })
  t.same(await disk.read(path), Buffer.from(shippedBundle()))
  t.equal(seen.at(-1), shippedBundle().length)
  const { bytes } = rig.served
  t.equal(await agent.fetchTarget(inLine(targets, 'tablets'), { signal }), path)
  t.equal(rig.served.bytes, bytes, 'what lies in the mirror whole is not fetched again')
})

t.test('a second refresh fetches what is new alone; a new process goes on from what was verified', async (t) => {
  const rig = await updateRig(t)
  const disk = emptyDisk()
  const first = await rig.agent(openTrust, { disk })
  const { versions } = await first.refresh(signal)
  await addTarget(rig.place, { ...offer('moss'), groups: ['east'] })
  await moveOn(rig)
  const second = await rig.agent(openTrust, { disk })
  const { targets, versions: later } = await second.refresh(signal)
  t.strictSame(inLine(targets, 'moss').groups, ['east'])
  t.ok(later.timestamp > versions.timestamp)
  t.strictSame([...(await disk.list('/state/tuf'))].sort(), ['1', '2', 'clock-floor', 'current'])
  rig.served.bytes = 0
  await second.refresh(signal)
  t.equal(rig.served.bytes, (await rig.read('metadata/timestamp.json')).length)
  t.strictSame([...(await disk.list('/state/tuf'))].sort(), ['1', '2', 'clock-floor', 'current'], 'nothing new is not written again')
})

t.test('a root that is none is a matter of the configuration', async (t) => {
  const rig = await updateRig(t)
  const agent = await openTrust({
    disk: emptyDisk(),
    state: '/state',
    seedRoot: Buffer.from('{}'),
    transport: rig.transport,
    clock: clockAhead(0),
    builtMs: 0,
    scratch: t.testdir(),
  })
  await t.rejects(agent.refresh(signal), { code: 'CONFIG_INVALID', message: /updates\.root/ })
})

t.test('another root from the owner of the agent begins anew, with another repository', async (t) => {
  const disk = emptyDisk()
  const first = await updateRig(t)
  const agent = await first.agent(openTrust, { disk })
  await agent.refresh(signal)
  const other = await updateRig(t)
  const moved = await other.agent(openTrust, { disk })
  const listing = await moved.refresh(signal)
  t.equal(listing.targets.length, 2)
  const stillOld = await openTrust({
    disk,
    state: '/state',
    seedRoot: first.seedRoot,
    transport: other.transport,
    clock: clockAhead(0),
    builtMs: 0,
    scratch: t.testdir(),
  })
  await t.rejects(stillOld.refresh(signal), { code: 'TRUST_THRESHOLD' }, 'with the old root it is not believed')
})

t.test('a clock below the floor stops installs, also after a restart, until it is right again', async (t) => {
  const rig = await updateRig(t)
  const disk = emptyDisk()
  const agent = await rig.agent(openTrust, { disk })
  const { targets } = await agent.refresh(signal)
  const HOUR = 3_600_000
  const early = await rig.agent(openTrust, { disk, clock: clockAhead(-HOUR) })
  await t.rejects(early.refresh(signal), { code: 'CLOCK_UNTRUSTED' })
  await t.rejects(early.fetchTarget(inLine(targets, 'tablets'), { signal }), { code: 'CLOCK_UNTRUSTED', message: /timedatectl/ })
  const never = await rig.agent(openTrust, { clock: clockAhead(-50 * 365 * 24 * HOUR) })
  await t.rejects(never.refresh(signal), { code: 'CLOCK_UNTRUSTED' }, 'before the build of this program')
  const later = await rig.agent(openTrust, { disk, clock: clockAhead(2 * HOUR) })
  await t.resolves(later.refresh(signal))
})

t.test('metadata that failed do not lift the floor: a clock far ahead is not remembered', async (t) => {
  const rig = await updateRig(t)
  const disk = emptyDisk()
  const YEAR = 365 * 24 * 3_600_000
  const ahead = await rig.agent(openTrust, { disk, clock: clockAhead(30 * YEAR) })
  await t.rejects(ahead.refresh(signal), { code: 'TRUST_EXPIRED' })
  const right = await rig.agent(openTrust, { disk })
  await t.resolves(right.refresh(signal))
})

for (const [name, damage] of [
  ['a metadata file torn', (disk: ReturnType<typeof memoryDisk>) => disk.truncate('/state/tuf/2/snapshot.json', 40)],
  ['a metadata file empty', (disk: ReturnType<typeof memoryDisk>) => disk.truncate('/state/tuf/2/root.json', 0)],
  ['the sums torn', (disk: ReturnType<typeof memoryDisk>) => disk.truncate('/state/tuf/2/sums', 10)],
  ['the folder gone', (disk: ReturnType<typeof memoryDisk>) => disk.remove('/state/tuf/2')],
  ['current empty', (disk: ReturnType<typeof memoryDisk>) => disk.truncate('/state/tuf/current', 0)],
] as const)
  t.test(`${name}: trust goes on from a whole set, says so, and still knows what is older`, async (t) => {
    const rig = await updateRig(t)
    const disk = emptyDisk()
    const old = await rig.read('metadata/timestamp.json')
    await moveOn(rig)
    const agent = await rig.agent(openTrust, { disk })
    await agent.refresh(signal)
    await moveOn(rig)
    await agent.refresh(signal)
    await damage(disk)
    const mended = await rig.agent(openTrust, { disk })
    rig.lies.set('metadata/timestamp.json', old)
    await t.rejects(mended.refresh(signal), { code: 'TRUST_ROLLBACK' })
    t.match(mended.damaged, /state\/tuf\/(2|current)/)
    rig.lies.clear()
    await mended.refresh(signal)
    await mended.refresh(signal)
    t.equal(mended.damaged, null)
  })

t.test('both sets damaged: trust begins with the root that the agent was given', async (t) => {
  const rig = await updateRig(t)
  const disk = emptyDisk()
  const agent = await rig.agent(openTrust, { disk })
  await agent.refresh(signal)
  await moveOn(rig)
  await agent.refresh(signal)
  for (const set of ['1', '2']) await disk.write(`/state/tuf/${set}/sums`, Buffer.from('{}'))
  const mended = await rig.agent(openTrust, { disk })
  await t.resolves(mended.refresh(signal))
  t.match(mended.damaged, /state\/tuf\/2/)
})

t.test('a newer root is kept even where the rest fails: keys that it took back stay taken back', async (t) => {
  const rig = await updateRig(t)
  const disk = emptyDisk()
  const agent = await rig.agent(openTrust, { disk })
  await agent.refresh(signal)
  const oldTimestamp = await rig.read('metadata/timestamp.json')
  const fresh = makeKey()
  const place = { ...rig.place, ring: memoryRing([...Object.values(rig.keys).flat(), rig.lineKey, fresh]) }
  await rotate(place, 'timestamp', rig.keys.timestamp[0]?.id ?? null, fresh.key, [])
  await rig.publish()
  rig.lies.set('metadata/timestamp.json', Buffer.from('{"signatures":[],"signed":{}}'))
  await t.rejects(agent.refresh(signal))
  // From now on the newer root is hidden, and all is as it was before.
  rig.lies.set('metadata/2.root.json', null)
  rig.lies.set('metadata/timestamp.json', oldTimestamp)
  const restarted = await rig.agent(openTrust, { disk })
  await t.rejects(restarted.refresh(signal), { code: 'TRUST_THRESHOLD' })
})

t.test('who waits for a look of another is gone as soon as it is told to, and the one under way goes on', async (t) => {
  const rig = await updateRig(t)
  const agent = await rig.agent(openTrust, { disk: emptyDisk() })
  const stop = new AbortController()
  const first = agent.refresh(signal)
  const second = agent.refresh(stop.signal)
  stop.abort()
  let firstIsOver = false
  void first.then(() => {
    firstIsOver = true
  })
  await t.rejects(second, { code: 'ABORTED' })
  t.notOk(firstIsOver)
  t.equal((await first).targets.length, 2)
})

t.test('on a full disk trust is opened all the same, and used when there is room again', async (t) => {
  const rig = await updateRig(t)
  let full = true
  const inner = emptyDisk()
  const disk = { ...recordingDisk(inner, () => (full ? 'ENOSPC' : undefined)), image: inner.image }
  const agent = await rig.agent(openTrust, { disk })
  await t.rejects(agent.refresh(signal), /ENOSPC/)
  full = false
  t.equal((await agent.refresh(signal)).targets.length, 2)
})
