import type { Phase } from '../../src/updates/contract.js'
import { heed } from '../../src/updates/verbs.js'
import { diskBelow } from './disk-below.js'
import { offers, startRig, UNDER } from './install-rig.js'

/**
 * A process that installs the first offer below a folder of the real disk and tells each phase: `node install-child.ts FOLDER PHASE`. When PHASE is
 * durable it does nothing more, and waits for its end.
 */
const [root = '', last = ''] = process.argv.slice(2)
const disk = diskBelow(root)
const wait = (phase: Phase): void => {
  process.send?.(phase)
  // Blocks all that would come next, as a process that is killed here never gets to it.
  if (phase === last) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60_000)
}
const rig = await startRig(disk, { onPhase: wait })
rig.installer.start()
const { first } = await offers()
await rig.installer.order((record) => heed(record, first.target, UNDER, 'boot-1'))
