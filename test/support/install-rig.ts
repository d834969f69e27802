import { createHash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { Failure } from '../../src/failures.js'
import { loadBundle } from '../../src/models/load.js'
import type { Answer } from '../../src/spectrum/result.js'
import type { Disk, Phase, Target } from '../../src/updates/contract.js'
import { createInstaller } from '../../src/updates/installer.js'
import type { Installer, InstallerOptions } from '../../src/updates/installer-contract.js'
import { openSlot } from '../../src/updates/slot.js'
import type { Judged } from '../../src/updates/trial.js'
import { heed } from '../../src/updates/verbs.js'
import type { SlotHost } from '../../src/updates/work.js'
import { type ManualClock, manualClock } from './manual-clock.js'
import { memoryDisk } from './memory-disk.js'
import { tinyBundle } from './tiny-model.js'

/** Where everything lies on the disks of these tests. */
export const rigPlace = { folder: '/state/models/default', factory: '/package/factory.s2m', boot: 'boot-1' }
export const UNDER = 'd'.repeat(64)

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

export interface Offer {
  readonly bytes: Uint8Array
  readonly target: Target
  /** Where the mirror has it. */
  readonly path: string
}

export const offerOf = (bytes: Uint8Array, version: string, seq: number): Offer => {
  const hash = sha256(bytes)
  const target = { line: 'lab', id: 'tiny', version, sha256: hash, bytes: bytes.length, seq, rollout: { percent: 100, salt: '' }, groups: [] }
  return { bytes, target: { ...target, path: `lab/tiny/${hash}.s2m` }, path: `/mirror/${hash}.s2m` }
}

let made: Promise<{ readonly factory: Uint8Array; readonly first: Offer; readonly second: Offer; readonly third: Offer }> | null = null
/** The factory bundle and three newer ones, each whole and right, made once. */
export const offers = () => {
  made ??= (async () => ({
    factory: await tinyBundle({ version: '1.0.0' }),
    first: offerOf(await tinyBundle({ version: '1.1.0' }), '1.1.0', 1),
    second: offerOf(await tinyBundle({ version: '1.2.0' }), '1.2.0', 2),
    third: offerOf(await tinyBundle({ version: '1.3.0' }), '1.3.0', 3),
  }))()
  return made
}

/** A disk with the factory bundle and the mirror on it, and no slot yet. */
export const startImage = async (): Promise<Map<string, Uint8Array>> => {
  const { factory, first, second, third } = await offers()
  return new Map([
    [rigPlace.factory, factory],
    ['/state/agent.db', new Uint8Array()],
    [first.path, first.bytes],
    [second.path, second.bytes],
    [third.path, third.bytes],
  ])
}

export const answer = (label: string | null = 'early', changes: Partial<Answer> = {}): Answer => ({
  verdict: label === null ? 'unknown' : 'accepted',
  reason: label === null ? 'foreign' : null,
  task: 'class',
  label,
  confidence: 1,
  set: [],
  scores: {},
  value: null,
  unit: null,
  interval: null,
  ...changes,
})

export const judged = (label: string | null = 'early', changes: Partial<Judged> = {}): Judged => ({
  answer: answer(label),
  inferMs: 0.1,
  finite: true,
  ...changes,
})

/** Endless, a turn of the event loop for each. */
export async function* endless<T>(make: (i: number) => T, signal: AbortSignal): AsyncGenerator<T> {
  for (let i = 0; !signal.aborted; i++) {
    await setImmediate()
    yield make(i)
  }
}

export interface Rig {
  readonly installer: Installer
  readonly clock: ManualClock
  /** What answered, in order, from the start on: `factory`, or the side. */
  readonly answered: string[]
  /** Phases as they became durable (or were given up), in order. */
  readonly phases: Phase[]
  readonly told: string[]
  /** SHA-256 of the bundle that answered after the start. */
  readonly opened: string
  /** Resolves when it has been in this phase. */
  reached(phase: Phase): Promise<void>
}

export type RigParts = Omit<Partial<InstallerOptions>, 'host'> & {
  readonly host?: Partial<SlotHost>
  readonly onPhase?: (phase: Phase) => void
}

/** A slot opened on this disk, with an agent that answers alike with every model and stands any trial; each part can be another. */
export const startRig = async (disk: Disk, parts: RigParts = {}): Promise<Rig> => {
  const place = { ...rigPlace, disk, ...(parts.boot === undefined ? {} : { boot: parts.boot }) }
  const slot = await openBundle(disk, place.boot)
  const clock = manualClock()
  const answered = [slot.answering.side ?? 'factory']
  const phases: Phase[] = []
  const told = slot.told.map(({ code }): string => code)
  const waiting: { phase: Phase; resolve: () => void }[] = []
  const host: SlotHost = {
    answer: async ({ side }) => void answered.push(side ?? 'factory'),
    fits: () => null,
    shadow: (_, signal) => endless(() => ({ old: judged(), candidate: judged() }), signal),
    results: (signal) => endless(() => judged(), signal),
    ...parts.host,
  }
  const installer = createInstaller({
    ...place,
    clock,
    record: slot.record,
    trial: { spectra: 50, results: 5, ms: 0 },
    fetch: async (target) => `/mirror/${target.sha256}.s2m`,
    selfTest: async () => ({ p95Ms: 0.1 }),
    refresh: () => {},
    tell: (news) => void told.push('failure' in news ? news.failure.code : 'mix-shift'),
    ...parts,
    host,
    changed: (report) => {
      const { phase } = report.record
      if (phases.at(-1) !== phase) {
        phases.push(phase)
        parts.onPhase?.(phase)
      }
      parts.changed?.(report)
      for (const one of waiting.filter((each) => each.phase === phase)) one.resolve()
    },
  })
  const reached = (phase: Phase) =>
    new Promise<void>((resolve) => {
      if (phases.includes(phase)) resolve()
      else waiting.push({ phase, resolve })
    })
  return { installer, clock, answered, phases, told, opened: slot.model, reached }
}

/** What a start finds: the model is really loaded, and answers its golden spectra. `model` is its SHA-256. */
export const openBundle = (disk: Disk, boot = rigPlace.boot) =>
  openSlot({
    ...rigPlace,
    boot,
    disk,
    load: async (path) => {
      const model = await loadBundle((await disk.read(path)) ?? new Uint8Array())
      await model.close()
      return model.bundle.sha256
    },
  })

/** The same on a new disk, with the first offer ordered. */
export const begun = async (parts: RigParts = {}) => {
  const { first } = await offers()
  const disk = memoryDisk(await startImage())
  const rig = await startRig(disk, parts)
  await rig.installer.order((record) => heed(record, first.target, UNDER, rigPlace.boot))
  return { disk, rig, first }
}

/** Never ends but by its signal. */
export const stuck = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Failure('ABORTED'))))
