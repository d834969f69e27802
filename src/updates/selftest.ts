import { type ChildProcess, fork } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { constants, setPriority } from 'node:os'
import { fileURLToPath } from 'node:url'
import { Failure } from '../failures.js'
import type { Reason } from './contract.js'
import type { Examined } from './examine.js'
import { reason } from './reason.js'

/** Resident memory that a bundle may take at most, over what the child has before it opens it. A bundle of the largest size is held five times. */
export const SELFTEST_MEMORY_BYTES = 384 * 1024 ** 2
/** Memory that the machine must have free before a test begins. */
export const SELFTEST_FREE_BYTES = 128 * 1024 ** 2
/** A test takes one second on a PC and some ten on a Raspberry Pi Zero 2. */
export const SELFTEST_DEADLINE_MS = 120_000
/** Milliseconds between two looks at the child's memory. The peak is what counts, so nothing between two looks is missed but the time. */
const WATCH_MS = 20
/** Children at once in one process, however many slots it has. */
export const MAX_SELFTESTS = 2
/** The child's first word: it has loaded all but the bundle. */
export const READY = 'ready'
/** Bytes of the child's stderr that are kept for the message. */
const MAX_STDERR_BYTES = 2000

/** Resolves to what was found. @throws Failure ABORTED */
export type SelfTest = (bundle: { readonly path: string; readonly sha256: string }, signal: AbortSignal) => Promise<Examined>

export interface SelfTestLimits {
  readonly memoryBytes: number
  readonly freeBytes: number
  readonly deadlineMs: number
  readonly atOnce: number
}

export const selfTestLimits: SelfTestLimits = {
  memoryBytes: SELFTEST_MEMORY_BYTES,
  freeBytes: SELFTEST_FREE_BYTES,
  deadlineMs: SELFTEST_DEADLINE_MS,
  atOnce: MAX_SELFTESTS,
}

/**
 * The self-test of a bundle in a child process whose memory and time are watched from here: golden answers, finite numbers, the same bits twice, time of an
 * answer. One of these for all slots of a process: more tests than `atOnce` wait for each other.
 * @param child the module that answers; tests give another
 */
export const createSelfTest = (limits: SelfTestLimits = selfTestLimits, child: URL = beside('selftest-child')): SelfTest => {
  const waiting: (() => void)[] = []
  let running = 0
  const turn = async (signal: AbortSignal): Promise<void> => {
    if (signal.aborted) throw aborted()
    if (running < limits.atOnce) {
      running++
      return
    }
    await new Promise<void>((resolve, reject) => {
      const call = () => {
        signal.removeEventListener('abort', leave)
        resolve()
      }
      const leave = () => {
        waiting.splice(waiting.indexOf(call), 1)
        reject(aborted())
      }
      waiting.push(call)
      signal.addEventListener('abort', leave, { once: true })
    })
  }
  const pass = (): void => {
    const first = waiting.shift()
    if (first) first()
    else running--
  }
  return async (bundle, signal) => {
    await turn(signal)
    try {
      if (signal.aborted) throw aborted()
      const free = memoryOf('/proc/meminfo', 'MemAvailable')
      if (free !== null && free < limits.freeBytes) return { reason: reason('OUT_OF_MEMORY', `${mib(free)} free, needed ${mib(limits.freeBytes)}`) }
      return await ask(child, bundle, limits, signal)
    } finally {
      pass()
    }
  }
}

const aborted = (): Failure => new Failure('ABORTED', { where: 'self-test' })

const ask = (child: URL, bundle: object, { memoryBytes, deadlineMs }: SelfTestLimits, signal: AbortSignal): Promise<Examined> =>
  new Promise((resolve, reject) => {
    // Options of this process go along: under tap they bring the TypeScript loader.
    const started = fork(child, { serialization: 'advanced', stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
    let found: Examined | null = null
    let ended: Reason | null = null
    let stderr = ''
    const end = (why: Reason): void => {
      ended ??= why
      started.kill('SIGKILL')
    }
    const stop = () => void started.kill('SIGKILL')
    const peak = () => memoryOf(`/proc/${started.pid}/status`, 'VmHWM') ?? 0
    let baseBytes = Number.POSITIVE_INFINITY
    const watch = setInterval(() => {
      const taken = peak() - baseBytes
      if (taken > memoryBytes) end(reason('TOO_MUCH_MEMORY', `${mib(taken)}, allowed ${mib(memoryBytes)}`))
    }, WATCH_MS)
    const deadline = setTimeout(() => end(reason('TOO_SLOW', `no end of the self-test after ${deadlineMs} ms`)), deadlineMs)
    signal.addEventListener('abort', stop, { once: true })
    let over = false
    const done = (seen: Reason): void => {
      if (over) return
      over = true
      clearInterval(watch)
      clearTimeout(deadline)
      signal.removeEventListener('abort', stop)
      if (signal.aborted) reject(aborted())
      else resolve(ended ? { reason: ended } : (found ?? { reason: seen }))
    }
    yieldTo(started)
    started.on('message', (message) => {
      if (isExamined(message)) found = message
      if (message !== READY) return
      baseBytes = peak()
      // A child that is gone by now says so by `close`.
      started.send(bundle, () => undefined)
    })
    started.stderr?.on('data', (chunk: Buffer) => {
      stderr = (stderr + chunk.toString()).slice(-MAX_STDERR_BYTES)
    })
    // No process could be started: the machine has none to give.
    started.once('error', (error) => done(reason('OUT_OF_MEMORY', error.message)))
    started.once('close', (code, by) => done(deathOf(code, by, stderr.trim())))
  })

/** Signals by which the kernel ends a process for what it did itself. */
const CRASHES: readonly (NodeJS.Signals | null)[] = ['SIGSEGV', 'SIGBUS', 'SIGILL', 'SIGFPE', 'SIGABRT', 'SIGTRAP', 'SIGSYS']

/**
 * A crash is the bundle's own. SIGKILL that did not come from here is the kernel's word that the machine is out of memory. SIGTERM and SIGINT go to the
 * whole group when a service or a terminal stops it, and a child that ends without a word has met a broken installation.
 */
const deathOf = (code: number | null, by: NodeJS.Signals | null, stderr: string): Reason => {
  const words = stderr === '' ? '' : `: ${stderr}`
  if (/heap out of memory/i.test(stderr)) return reason('TOO_MUCH_MEMORY', 'the heap of the self-test was full')
  if (CRASHES.includes(by)) return reason('CRASHED', `the self-test was ended by ${by}${words}`)
  if (by === 'SIGKILL') return reason('OUT_OF_MEMORY', 'the kernel ended the self-test')
  return reason('INTERRUPTED', by === null ? `it ended with ${code}${words}` : `it was ended by ${by}${words}`)
}

/** What measures goes first. */
const yieldTo = ({ pid }: ChildProcess): void => {
  if (pid === undefined) return
  try {
    setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL)
  } catch {
    // It is gone already, or this user may not: no reason not to test.
  }
}

/** A line like "VmHWM:   93412 kB" in bytes; null where there is none (another system, or the process is gone). */
const memoryOf = (file: string, key: string): number | null => {
  try {
    const kib = new RegExp(`^${key}:\\s+(\\d+) kB$`, 'm').exec(readFileSync(file, 'utf8'))?.[1]
    return kib === undefined ? null : Number(kib) * 1024
  } catch {
    return null
  }
}

const mib = (bytes: number): string => `${Math.round(bytes / 1024 ** 2)} MiB`

const isExamined = (message: unknown): message is Examined =>
  typeof message === 'object' && message !== null && ('p95Ms' in message || 'reason' in message)

/** A module of this folder as it lies here: `.js` in dist, `.ts` under tap. */
const beside = (name: string): URL => new URL(`./${name}${fileURLToPath(import.meta.url).endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url)
