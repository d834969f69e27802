import t from 'tap'
import { refresh } from '../../src/repository/refresh.js'
import type { Target } from '../../src/updates/contract.js'
import { openTrust } from '../../src/updates/trust.js'
import { shippedBundle } from '../support/made-repository.js'
import { memoryDisk } from '../support/memory-disk.js'
import { remains, remainsAtEnd } from '../support/power-cut.js'
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

t.test('power cut at any moment of refresh and fetch: the next start trusts a whole set, and a bundle in the mirror is whole', async (t) => {
  const rig = await updateRig(t)
  const before = emptyDisk()
  const first = await rig.agent(openTrust, { disk: before })
  await first.refresh(signal)
  const oldTimestamp = await rig.read('metadata/timestamp.json')
  await moveOn(rig)
  const start = before.image()
  const recorder = recordingDisk(memoryDisk(start))
  const agent = await openTrust({
    disk: recorder,
    state: '/state',
    seedRoot: rig.seedRoot,
    transport: rig.transport,
    clock: clockAhead(0),
    builtMs: 0,
    scratch: t.testdir(),
  })
  const { targets } = await agent.refresh(signal)
  await agent.fetchTarget(inLine(targets, 'tablets'), { signal })
  const left = remains(start, recorder.operations)
  t.ok(left.length > 40, `${left.length} states of the disk`)
  const target = inLine(targets, 'tablets')
  let wrong = 0
  for (const image of left) {
    const disk = memoryDisk(image)
    const next = await rig.agent(openTrust, { disk })
    const outcome = await next.refresh(signal).catch((error: unknown) => error)
    const path = await next.fetchTarget(target, { signal })
    const whole = Buffer.compare((await disk.read(path)) ?? Buffer.of(), shippedBundle()) === 0
    if (outcome instanceof Error || !whole || next.damaged !== null) wrong++
  }
  t.equal(wrong, 0)
  // Once a refresh has returned, what it saw is never forgotten.
  for (const image of remainsAtEnd(start, recorder.operations)) {
    rig.lies.set('metadata/timestamp.json', oldTimestamp)
    const agent = await rig.agent(openTrust, { disk: memoryDisk(image) })
    await t.rejects(agent.refresh(signal), { code: 'TRUST_ROLLBACK' })
  }
})

t.test('a disk that is full or broken fails the refresh, and the next one succeeds', async (t) => {
  const rig = await updateRig(t)
  for (const fault of ['ENOSPC', 'EIO'] as const) {
    const inner = emptyDisk()
    let failing = true
    const disk = recordingDisk(inner, ({ kind, path }) => (failing && kind === 'write' && path.includes('/tuf/') ? fault : undefined))
    const agent = await openTrust({
      disk,
      state: '/state',
      seedRoot: rig.seedRoot,
      transport: rig.transport,
      clock: clockAhead(0),
      builtMs: 0,
      scratch: t.testdir(),
    })
    await t.rejects(agent.refresh(signal), new RegExp(fault))
    failing = false
    t.equal((await agent.refresh(signal)).targets.length, 2)
  }
})
