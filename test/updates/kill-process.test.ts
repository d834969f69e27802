import { fork } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import t from 'tap'
import type { Phase } from '../../src/updates/contract.js'
import { heed } from '../../src/updates/verbs.js'
import { diskBelow } from '../support/disk-below.js'
import { offers, openBundle, sha256, startImage, startRig, UNDER } from '../support/install-rig.js'

/** Installs until this phase is durable, and is killed there. */
const killedIn = async (root: string, phase: Phase): Promise<void> => {
  const child = fork(new URL('../support/install-child.ts', import.meta.url), [root, phase])
  child.on('message', (reached) => {
    if (reached === phase) child.kill('SIGKILL')
  })
  await new Promise((resolve) => child.once('exit', resolve))
}

const newMachine = async (root: string): Promise<string> => {
  for (const [path, bytes] of await startImage()) {
    mkdirSync(dirname(`${root}${path}`), { recursive: true })
    writeFileSync(`${root}${path}`, bytes)
  }
  return root
}

t.test('a process that is killed in a state leaves a whole bundle on the real disk, and the next one goes on', async (t) => {
  const { factory, first } = await offers()
  for (const phase of ['verified', 'shadow'] as const) {
    const root = await newMachine(t.testdir())
    await killedIn(root, phase)
    const disk = diskBelow(root)
    const rig = await startRig(disk)
    t.equal(rig.opened, sha256(factory), phase)
    t.equal(rig.installer.report().record.phase, phase)
    rig.installer.start()
    await rig.reached('committed')
    t.equal((await openBundle(disk)).model, first.target.sha256)
    t.strictSame(rig.told, [])
  }
})

t.test('a process that is killed twice with a bundle on trial is rid of it, and it is denied', async (t) => {
  const { factory, first } = await offers()
  const root = await newMachine(t.testdir())
  await killedIn(root, 'probation')
  const disk = diskBelow(root)
  t.match(await openBundle(disk), { model: first.target.sha256, record: { phase: 'probation', starts: 1 } })
  t.match(await openBundle(disk), {
    model: sha256(factory),
    record: { phase: 'rolled-back', reason: { code: 'CRASHED' }, denied: [first.target.sha256] },
  })
  const rig = await startRig(disk)
  await t.rejects(
    rig.installer.order((record) => heed(record, first.target, UNDER, 'boot-1')),
    { code: 'REQUEST_INVALID' },
  )
})
