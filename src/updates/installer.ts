import { createHash } from 'node:crypto'
import { dirname } from 'node:path'
import { asFailure, Failure, isFailure } from '../failures.js'
import { readBundleInTurns } from '../models/load.js'
import type { SlotRecord } from './contract.js'
import { makeDurableFolder } from './disk.js'
import type { Installer, InstallerOptions, InstallReport } from './installer-contract.js'
import { type Effect, fail, isWorking, next, resume, type Step, stopping, waits, without } from './machine.js'
import { MIX_SHIFT, PROBATION_MS, PROBATION_RESULTS } from './probation.js'
import { reasonOf } from './reason.js'
import { writeRecord } from './record.js'
import { SHADOW_SPECTRA, type Shadowed } from './shadow.js'
import { answeringOf } from './slot.js'
import type { Progress } from './state.js'
import { carryOut, type Tools, type Work } from './work.js'

/** Milliseconds before each next attempt after a failure of the machine; the last one again and again. */
export const RETRY_MS = [60_000, 300_000, 1_800_000] as const

export const defaultTrial: Tools['trial'] = { spectra: SHADOW_SPECTRA, results: PROBATION_RESULTS, ms: PROBATION_MS }

/** Carries out what the machine (machine.ts) says for one slot: the record is durable before a step begins, and there is one step at a time. */
export const createInstaller = (options: InstallerOptions): Installer => {
  const { disk, folder, boot, clock, host, tell } = options
  const tools: Tools = { ...options, trial: options.trial ?? defaultTrial }
  let record = options.record
  let progress: Progress | null = null
  let shadowed: Shadowed | null = null
  let queue: Promise<unknown> = Promise.resolve()
  let folderMade = false
  let unsaved = false
  let attempts = 0
  /** The target that `attempts` counts for. */
  let attempted: string | null = null
  let work: { readonly halt: AbortController; readonly ended: Promise<unknown> } | null = null
  let waiting: AbortController | null = null
  let stopped = false

  const report = (): InstallReport => ({ record, progress, disagreement: shadowed?.disagreement ?? null })
  const enqueue = <T>(job: () => Promise<T>): Promise<T> => {
    const outcome = queue.then(job)
    queue = outcome.catch(() => {})
    return outcome
  }

  const save = async (to: SlotRecord): Promise<void> => {
    if (!folderMade && (await disk.list(folder)).length === 0) await makeDurableFolder(disk, dirname(dirname(folder)), folder)
    folderMade = true
    await writeRecord(disk, folder, to)
    unsaved = false
  }

  const apply = async (step: Step): Promise<void> => {
    let { record: to, effects } = step
    if (to !== record) {
      try {
        await save(to)
      } catch (error) {
        unsaved = true
        tell({ failure: asFailure(error, 'STORE_FAILED', folder) })
        // A step that is not durable is not begun. One back is taken all the same: what is bad must not answer because a disk is full.
        if (isWorking(to)) ({ record: to, effects } = fail(isWorking(record) ? record : to, reasonOf(error), boot))
        effects = [...step.effects.filter((effect) => effect.do === 'cancel'), ...effects]
      }
      record = to
      progress = null
      if (record.phase === 'committed') attempts = 0
      options.changed(report())
    }
    for (const effect of effects) if (!(await run(effect))) return
    if (unsaved && waiting === null) later()
  }

  /** False: what it was part of has ended otherwise. */
  const run = async (effect: Effect): Promise<boolean> => {
    if (effect.do === 'cancel') await cancel()
    else if (effect.do === 'retry') later()
    else if (effect.do === 'refresh') options.refresh()
    else if (effect.do === 'answer') return answer()
    else await begin(effect)
    return true
  }

  const answer = async (): Promise<boolean> => {
    const { side, path } = answeringOf(options, record)
    try {
      await host.answer({ side, path })
      return true
    } catch (error) {
      tell({ failure: asFailure(error, 'INVARIANT', path) })
      if (record.phase === 'probation') await apply(fail(record, reasonOf(error), boot))
      // Another failure, as that the agent stops, says nothing of the side.
      else if (side !== null && isFailure(error, 'BUNDLE_INVALID', 'BUNDLE_SELFTEST'))
        await apply({ record: without(record, side, reasonOf(error), boot), effects: [{ do: 'answer', side: null }] })
      return false
    }
  }

  const cancel = async (): Promise<void> => {
    waiting?.abort()
    waiting = null
    const current = work
    work = null
    current?.halt.abort()
    await current?.ended
  }

  const begin = async (effect: Work): Promise<void> => {
    await cancel()
    if (stopped) return
    if (effect.do === 'fetch' && effect.target.sha256 !== attempted) {
      attempted = effect.target.sha256
      attempts = 0
      shadowed = null
    }
    const halt = new AbortController()
    const { side, path } = answeringOf(options, record)
    const sides = record.sides
    const sha256 = (side === null ? null : sides[side]?.sha256) ?? (await sha256OfFile(path))
    const ended = carryOut(effect, tools, {
      answering: { side, path, sha256 },
      installedOn: (wanted) => sides[wanted],
      shadowed,
      signal: halt.signal,
      progress: (now) => {
        if (halt.signal.aborted || percent(now) === percent(progress)) return
        progress = now
        options.changed(report())
      },
      found: (now) => {
        shadowed = now
      },
      shifted: (mixShift) => tell({ mixShift, limit: MIX_SHIFT }),
    }).then((event) => {
      // After a cancel its end is no event any more, also if it was under way by then.
      void enqueue(async () => {
        if (work?.halt !== halt) return
        work = null
        await apply(next(record, event, boot))
      })
    })
    work = { halt, ended }
  }

  /** After the back-off: what could not be written is written, and what failed for a cause in the machine begins anew. */
  const later = (): void => {
    waiting?.abort()
    const halt = new AbortController()
    waiting = halt
    const ms = RETRY_MS[Math.min(attempts++, RETRY_MS.length - 1)] ?? 0
    const attempt = async (): Promise<void> => {
      if (waiting !== halt) return
      waiting = null
      if (waits(record)) return apply(next(record, { kind: 'retry' }, boot))
      await save(record).catch(later)
    }
    // Aborted: nobody waits for it any more.
    clock.sleep(ms, halt.signal).then(
      () => enqueue(attempt),
      () => {},
    )
  }

  /** What nobody could start with is not stepped back to by order. */
  const factoryIsWhole = async (): Promise<void> => {
    const path = options.factory
    try {
      await readBundleInTurns((await disk.read(path)) ?? new Uint8Array(), path)
    } catch (error) {
      const seen = `the factory bundle cannot be read: ${error instanceof Error ? error.message : String(error)}`
      throw new Failure('REQUEST_INVALID', { where: 'a step back', seen, allowed: path, cure: 'put the configured bundle back in its place' })
    }
  }

  const sha256OfFile = async (path: string): Promise<string> =>
    createHash('sha256')
      .update((await disk.read(path).catch(() => null)) ?? '')
      .digest('hex')

  return {
    report,
    start: () => void enqueue(() => apply(resume(record, boot))),
    order: (verb) =>
      enqueue(async () => {
        const step = verb(record)
        if (step.effects.some((effect) => effect.do === 'answer' && effect.side === null)) await factoryIsWhole()
        await apply(step)
        return record
      }),
    stop: () =>
      enqueue(async () => {
        if (stopped) return
        stopped = true
        await cancel()
        const to = stopping(record)
        if (to !== record || unsaved) await save(to).catch((error: unknown) => tell({ failure: asFailure(error, 'STORE_FAILED', folder) }))
        record = to
      }),
  }
}

const percent = (progress: Progress | null): number => (progress === null ? -1 : Math.floor((100 * progress.done) / Math.max(1, progress.total)))
