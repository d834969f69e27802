import t, { type Test } from 'tap'
import type { Failure, FailureCode } from '../../src/failures.js'
import type { Listing } from '../../src/updates/contract.js'
import { openTrust, type Trust } from '../../src/updates/trust.js'
import { changedClient, type Edit } from './changed-client.js'
import type { MemoryDisk } from './memory-disk.js'
import { emptyDisk, type Rig, updateRig } from './update-rig.js'

/** What an attack has got hold of: the server of the rig, an agent that knew the honest state before, its disk. */
export interface Scene {
  readonly t: Test
  readonly rig: Rig
  readonly agent: Trust
  readonly disk: MemoryDisk
}

export interface Attack {
  /** After which the server lies, or keys are misused. */
  readonly attack: (scene: Scene) => Promise<void>
  /** What the agent must say. */
  readonly code: FailureCode
  /** The product line that alone is refused, where it is not the whole. */
  readonly line?: string
  /** The checks that stand against it: without them the attack must succeed. */
  readonly checks: readonly Edit[]
  /** Whether it has succeeded. */
  readonly succeeded: (listing: Listing, scene: Scene) => boolean | Promise<boolean>
}

const { signal } = new AbortController()
/** Milliseconds for a file of attacks on a machine that is busy: each builds a client of its own. */
t.setTimeout(120_000)

/** Runs an attack twice: on the agent as it is, and on one without the checks, to show that it is these that hold it off. */
export const attacked = (name: string, { attack, code, line, checks, succeeded }: Attack): void => {
  const prepared = async (t: Test, open: typeof openTrust): Promise<Scene> => {
    const rig = await updateRig(t)
    const disk = emptyDisk()
    const agent = await rig.agent(open, { disk })
    await agent.refresh(signal)
    const scene = { t, rig, agent, disk }
    await attack(scene)
    return scene
  }
  t.test(`${name}: refused with ${code}`, async (t) => {
    const scene = await prepared(t, openTrust)
    const before = scene.agent.listing
    const failure = await scene.agent.refresh(signal).then(
      ({ refused }) => refused?.find((each) => each.line === line)?.failure,
      (error: Failure) => error,
    )
    t.equal(failure?.code, code, failure?.message ?? 'no failure')
    if (line === undefined) t.equal(scene.agent.listing, before, 'what was known stays')
    else t.notOk(await succeeded(scene.agent.listing ?? fail(), scene), 'nothing of it is listed')
  })
  t.test(`${name}: succeeds against a client without the check`, async (t) => {
    const scene = await prepared(t, await changedClient(t, checks))
    const listing = await scene.agent.refresh(signal)
    t.ok(await succeeded(listing, scene))
  })
}

const fail = (): never => {
  throw new Error('no listing')
}
