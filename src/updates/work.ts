import { Failure, isFailure } from '../failures.js'
import type { Bundle } from '../models/bundle.js'
import { loadBundle, readBundleInTurns } from '../models/load.js'
import type { Manifest } from '../models/manifest.js'
import type { LoadedModel } from '../models/open.js'
import type { Clock } from '../spectrum/clock.js'
import type { Disk, Installed, Reason, Target } from './contract.js'
import type { Effect, Event, Side } from './machine.js'
import { createProbation, type LiveResults } from './probation.js'
import { reason, reasonOf } from './reason.js'
import type { SelfTest } from './selftest.js'
import { comparable, createShadowTally, type Shadowed, type ShadowProbe } from './shadow.js'
import { type Answering, sidePath } from './slot.js'
import { stage } from './stage.js'
import type { Progress } from './state.js'
import { tooSlow } from './trial.js'

/** What the agent does for a slot, with its instruments. */
export interface SlotHost extends ShadowProbe, LiveResults {
  /** Loads it, as `loadBundle` does, and lets it answer between two spectra, none lost. Where that fails, what answered goes on. */
  answer(answering: Answering): Promise<void>
  /** Why this bundle is not for the instruments and the agent that are here; null: it is. */
  fits(bundle: Bundle): Failure | null
}

/**
 * Brings the bundle into the mirror, complete and verified, and resolves to its path there. Goes on where an earlier attempt ended, and refuses what may not
 * be installed now (trust that has expired, a clock that is wrong).
 */
export type Fetch = (target: Target, how: { readonly signal: AbortSignal; readonly progress: (bytes: number) => void }) => Promise<string>

export interface Tools {
  readonly disk: Disk
  readonly folder: string
  readonly host: SlotHost
  readonly fetch: Fetch
  readonly selfTest: SelfTest
  readonly clock: Clock
  /** Spectra of the shadow run; answers and milliseconds of the probation. */
  readonly trial: { readonly spectra: number; readonly results: number; readonly ms: number }
}

export type Work = Extract<Effect, { do: 'fetch' | 'stage' | 'check' | 'selftest' | 'shadow' | 'watch' }>

/** What holds when a work begins, and whom it tells of itself. */
export interface Circumstances {
  readonly answering: Answering & { readonly sha256: string }
  /** What lies on a side, as the record says. */
  readonly installedOn: (side: Side) => Installed | null
  /** What the shadow run of the bundle on trial found; null after a restart. */
  readonly shadowed: Shadowed | null
  readonly signal: AbortSignal
  readonly progress: (progress: Progress) => void
  readonly found: (shadowed: Shadowed) => void
  /** The class mix moved by this share; an event, no more. */
  readonly shifted: (share: number) => void
}

/** Does one work to its end. Never rejects: what went wrong is an event, with its cause. */
export const carryOut = async (work: Work, tools: Tools, around: Circumstances): Promise<Event> => {
  try {
    if (work.do === 'fetch') return { kind: 'fetched', from: await fetched(work.target, tools, around) }
    const wrong = await perform(work, tools, around)
    return wrong ? { kind: 'failed', reason: wrong } : { kind: ends[work.do] }
  } catch (error) {
    return { kind: 'failed', reason: reasonOf(error) }
  }
}

const ends = { stage: 'staged', check: 'checked', selftest: 'selftested', shadow: 'shadowed', watch: 'stood' } as const

const fetched = (target: Target, { fetch }: Tools, { signal, progress }: Circumstances): Promise<string> =>
  fetch(target, { signal, progress: (done) => progress({ done, total: target.bytes, unit: 'bytes' }) })

const perform = async (work: Exclude<Work, { do: 'fetch' }>, tools: Tools, around: Circumstances): Promise<Reason | null> => {
  const { disk, folder, host } = tools
  if (work.do === 'stage') return stage(disk, folder, work.side, work.from, work.target).then(() => null)
  if (work.do === 'watch') return watch(tools, around)
  const listed = around.installedOn(work.side)
  if (listed === null) throw new Failure('INVARIANT', { where: `side ${work.side}`, seen: 'nothing', allowed: 'the bundle on trial' })
  const candidate = { path: sidePath(folder, work.side), sha256: listed.sha256 }
  if (work.do === 'selftest') return selfTest(candidate, tools, around)
  const bytes = await bytesOf(disk, candidate.path)
  if (work.do === 'shadow') return shadow(bytes, candidate.sha256, tools, around)
  const bundle = await readBundleInTurns(bytes, candidate.path)
  const { id, version } = bundle.manifest
  // Results would name another model than the one that is installed.
  if (id !== listed.id || version !== listed.version)
    return reason('UNFIT', `the bundle is ${id} ${version}, and listed as ${listed.id} ${listed.version}`)
  return unfit(host, bundle)
}

const unfit = (host: SlotHost, bundle: Bundle): Reason | null => {
  const misfit = host.fits(bundle)
  return misfit && reason('UNFIT', misfit.message)
}

/** The one that answers now goes through the same test, as only a time that was taken in the same way can be compared. */
const selfTest = async (candidate: Parameters<SelfTest>[0], tools: Tools, { answering, signal }: Circumstances): Promise<Reason | null> => {
  const found = await tools.selfTest(candidate, signal)
  if ('reason' in found) return found.reason
  const before = await tools.selfTest(answering, signal)
  return tooSlow(found.p95Ms, 'reason' in before ? null : before.p95Ms)
}

const shadow = async (bytes: Uint8Array, sha256: string, tools: Tools, around: Circumstances): Promise<Reason | null> => {
  const old = await manifestBefore(tools, around)
  if ('code' in old) return old
  const candidate = await loadBundle(bytes)
  try {
    if (candidate.bundle.sha256 !== sha256) return reason('SIDE_DAMAGED', `${candidate.bundle.sha256}, not ${sha256}`)
    // A bundle for something else has nothing to agree with.
    const wrong = comparable(old, candidate.bundle.manifest) ? await compare(candidate, tools, around) : null
    // Once more: an instrument may have been plugged in since it was asked.
    return wrong ?? unfit(tools.host, candidate.bundle)
  } finally {
    await candidate.close()
  }
}

/** What answers now is not to be blamed on the bundle on trial: without it on the disk there would be no way back, so it is waited for. */
const manifestBefore = async ({ disk }: Tools, { answering: { path } }: Circumstances): Promise<Manifest | Reason> => {
  try {
    return (await readBundleInTurns(await bytesOf(disk, path), path)).manifest
  } catch (error) {
    return reason('SIDE_DAMAGED', `the model that answers cannot be read again: ${error instanceof Error ? error.message : String(error)}`)
  }
}

const compare = async (candidate: LoadedModel, { host, trial }: Tools, { progress, found, signal }: Circumstances): Promise<Reason | null> => {
  const tally = createShadowTally(candidate.bundle.manifest, trial.spectra)
  try {
    for await (const pair of host.shadow(candidate, signal)) {
      const outcome = tally.add(pair)
      progress({ done: tally.compared, total: trial.spectra, unit: 'spectra' })
      if (outcome === 'on') continue
      found(tally.found())
      return outcome === 'done' ? null : outcome
    }
  } catch (error) {
    if (isFailure(error, 'ABORTED')) throw error
    // The model beside it goes on, so it is the candidate.
    return reason('ENGINE_FAILED', error instanceof Error ? error.message : String(error))
  }
  throw noMore('shadow run')
}

const watch = async ({ host, clock, trial }: Tools, { shadowed, signal, progress, shifted }: Circumstances): Promise<Reason | null> => {
  const probation = createProbation({ ...trial, before: shadowed }, clock.monotonicMs())
  for await (const result of host.results(signal)) {
    const outcome = probation.add(result, clock.monotonicMs())
    progress({ done: Math.min(probation.seen, trial.results), total: trial.results, unit: 'results' })
    const share = probation.shifted()
    if (share !== null) shifted(share)
    if (outcome !== 'on') return outcome === 'stood' ? null : outcome
  }
  throw noMore('probation')
}

const noMore = (where: string): Failure => new Failure('INVARIANT', { where, seen: 'the agent offers no more spectra' })

const bytesOf = async (disk: Disk, path: string): Promise<Uint8Array> => {
  const bytes = await disk.read(path)
  if (bytes === null) throw new Failure('STORE_FAILED', { where: path, seen: 'nothing', allowed: 'the bundle that was put there' })
  return bytes
}
