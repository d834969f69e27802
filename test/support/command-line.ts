import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import { run } from '../../src/cli/program.js'

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))

export interface Outcome {
  readonly exit: number | null
  readonly out: string
  readonly err: string
}

export interface Command {
  readonly child: ChildProcessWithoutNullStreams
  /** What it said so far. */
  said(): { readonly out: string; readonly err: string }
  /** Resolves once standard output matches; rejects when it ends before. */
  until(pattern: RegExp): Promise<RegExpMatchArray>
  readonly ended: Promise<Outcome>
}

/** Of the options of this process the TypeScript loader alone: what else tap loads into it keeps an uncaught exception from ending a process. */
const loader = process.execArgv.filter((option) => /@tapjs\/typescript|breaks-loader/.test(option))

/** The command line as a process of its own, from the sources. */
export const startCommand = (args: readonly string[]): Command => {
  const child = spawn(process.execPath, [...loader, MAIN, ...args])
  let [out, err] = ['', '']
  const waiting: (() => void)[] = []
  const look = () => {
    for (const waiter of waiting) waiter()
  }
  child.stdout.on('data', (bytes) => {
    out += bytes
    look()
  })
  child.stderr.on('data', (bytes) => {
    err += bytes
  })
  child.stdin.on('error', () => {})
  const ended = new Promise<Outcome>((resolve) => child.once('close', (exit) => resolve({ exit, out, err })))
  return {
    child,
    said: () => ({ out, err }),
    ended,
    until: (pattern) =>
      new Promise((resolve, reject) => {
        const waiter = () => {
          const found = out.match(pattern)
          if (found) resolve(found)
        }
        waiting.push(waiter)
        waiter()
        ended.then(({ exit }) => reject(new Error(`ended with ${exit} before ${pattern}: ${out}${err}`)))
      }),
  }
}

/** Standard output through a pipe (between two Node processes it would be a socket, which holds more) to a reader that begins `lateS` seconds late. */
export const pipedLate = async (lateS: number, ...args: string[]): Promise<string> => {
  const words = [process.execPath, ...loader, MAIN, ...args]
  const child = spawn('sh', ['-c', `"$@" | { sleep ${lateS}; cat; }`, 'sh', ...words], { stdio: ['ignore', 'pipe', 'inherit'] })
  return text(child.stdout)
}

export const runCommand = (...args: string[]): Promise<Outcome> => {
  const { child, ended } = startCommand(args)
  child.stdin.end()
  return ended
}

/** Runs a command line in this process. */
export const inside = async (t: Test, ...args: string[]): Promise<Outcome> => {
  const out = t.capture(process.stdout, 'write', () => true)
  const err = t.capture(process.stderr, 'write', () => true)
  try {
    const exit = await run(args)
    const written = (calls: readonly { args: unknown[] }[]) => calls.map((call) => String(call.args[0])).join('')
    return { exit, out: written(out()), err: written(err()) }
  } finally {
    out.restore()
    err.restore()
    process.exitCode = undefined
  }
}
