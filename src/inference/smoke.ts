import { fork } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { Failure } from '../failures.js'
import { smokeAnswer, smokeGraph } from './smoke-graph.js'

/** A start of Node and of the library takes under a second on a Raspberry Pi; a child that takes this long hangs. */
export const SMOKE_DEADLINE_MS = 30_000
/** Bytes of the child's stderr that are kept for the message. */
const MAX_STDERR_BYTES = 2000

/**
 * First-start smoke inference in a child process: an illegal instruction in a kernel ends a process and cannot be caught. The caller keeps the verdict
 * under `smokeKey()` and asks again only when that changes.
 * @param graph also run this one, as that of the configured bundle.
 * @param child the module that answers; tests give another.
 * @throws Failure PART_MISSING with what was seen: the signal, the library's message, or a wrong answer.
 */
export const smoke = async (graph?: Uint8Array, child: URL = beside('smoke-child'), deadlineMs = SMOKE_DEADLINE_MS): Promise<void> => {
  const outcome = await ask(child, graph ? [smokeGraph, graph] : [smokeGraph], deadlineMs)
  const [own] = outcome.outputs ?? []
  if (!own) throw missing(outcome.seen)
  if (own.length !== smokeAnswer.length || own.some((value, i) => value !== smokeAnswer[i]))
    throw missing(`the answer ${own.join(', ')} where ${smokeAnswer.join(', ')} is right`)
}

/** What a verdict holds for: version of the engine, of Node, kind of processor and its flags (12 hex of SHA-256). */
export const smokeKey = (cpuInfo: string = readCpuInfo()): string => {
  // "flags" on x64, "Features" on arm64; the same on all cores that Linux lets a process move between.
  const cpuFlags = /^(?:flags|Features)\s*:(.*)$/m.exec(cpuInfo)?.[1]?.trim() ?? ''
  const digest = createHash('sha256').update(cpuFlags).digest('hex').slice(0, 12)
  return `onnxruntime-node ${engineVersion()}, node ${process.versions.node}, ${process.arch} ${digest}`
}

interface Outcome {
  readonly outputs: readonly (readonly number[])[] | null
  readonly seen: string
}

const ask = (child: URL, graphs: readonly Uint8Array[], deadlineMs: number): Promise<Outcome> =>
  new Promise((resolve) => {
    // Options of this process go along: under tap they bring the TypeScript loader.
    const started = fork(child, { serialization: 'advanced', stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
    let outputs: Outcome['outputs'] = null
    let stderr = ''
    const deadline = setTimeout(() => started.kill('SIGKILL'), deadlineMs)
    const done = (seen: string) => {
      clearTimeout(deadline)
      resolve({ outputs, seen: [seen, stderr.trim()].filter((part) => part !== '').join(': ') })
    }
    started.on('message', (message) => {
      if (isOutputs(message)) outputs = message
    })
    started.stderr?.on('data', (chunk: Buffer) => {
      stderr = (stderr + chunk.toString()).slice(-MAX_STDERR_BYTES)
    })
    started.once('error', (error) => done(error.message))
    started.once('close', (code, signal) => done(signal === null ? `the child ended with ${code}` : `the child was ended by ${signal}`))
    // A child that is gone already says so by `close`.
    started.send(graphs, () => undefined)
  })

const isOutputs = (message: unknown): message is readonly (readonly number[])[] =>
  Array.isArray(message) && message.every((row) => Array.isArray(row) && row.every((value) => typeof value === 'number'))

const missing = (seen: string): Failure =>
  new Failure('PART_MISSING', {
    where: 'smoke inference with onnxruntime-node',
    seen,
    allowed: 'a processor on which its int8 kernels run: Linux on x64 or arm64',
    cure: 'run `npm ci` on this machine; if that does not help, this processor cannot run the engine: please report the line above',
  })

/** A module of this folder as it lies here: `.js` in dist, `.ts` under tap. */
const beside = (name: string): URL => new URL(`./${name}${fileURLToPath(import.meta.url).endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url)

const readCpuInfo = (): string => {
  try {
    return readFileSync('/proc/cpuinfo', 'utf8')
  } catch {
    // Without it the key says less, and a moved disk may keep a verdict of another machine of the same kind: no reason to stop.
    return ''
  }
}

const engineVersion = (): string => {
  try {
    const manifest: unknown = createRequire(import.meta.url)('onnxruntime-node/package.json')
    return typeof manifest === 'object' && manifest !== null && 'version' in manifest ? String(manifest.version) : 'unknown'
  } catch {
    // `smoke` tells what is missing, and how to get it.
    return 'absent'
  }
}
