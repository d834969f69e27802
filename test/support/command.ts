import { type ChildProcess, spawn } from 'node:child_process'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'

/** The project, and the program as it is built: system tests run what a user runs. */
export const PROJECT = resolve(import.meta.dirname, '../..')
export const MAIN = join(PROJECT, 'dist/src/cli/main.js')
/** Milliseconds that any line may take to come before a test gives up. */
const LINE_MS = 60_000

/** `spectro2mqtt` as a child process, its lines as they come. */
export interface RunningCommand {
  readonly pid: number
  readonly child: ChildProcess
  readonly out: readonly string[]
  readonly err: readonly string[]
  /** The first line of standard output that matches, whether it came before or comes yet. */
  line(pattern: RegExp): Promise<string>
  /** Exit code, or the name of the signal. */
  readonly ended: Promise<number | string>
}

/** Starts the built program; `folder` becomes its TMPDIR, so that a test sees what it leaves behind. */
export const startCommand = (args: readonly string[], folder: string): RunningCommand => {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, TMPDIR: folder } })
  const out: string[] = []
  const err: string[] = []
  const waiting = new Set<() => void>()
  createInterface(child.stdout).on('line', (line) => {
    out.push(line)
    for (const look of [...waiting]) look()
  })
  createInterface(child.stderr).on('line', (line) => err.push(line))
  const ended = new Promise<number | string>((done) => child.once('close', (code, signal) => done(code ?? signal ?? 'unknown')))
  const line = (pattern: RegExp): Promise<string> =>
    new Promise((found, failed) => {
      const give = (why: string) => {
        waiting.delete(look)
        failed(new Error(`no line ${pattern}: ${why}\n${[...out, ...err].slice(-40).join('\n')}`))
      }
      const timer = setTimeout(() => give(`nothing within ${LINE_MS / 1000} s`), LINE_MS)
      const look = () => {
        const seen = out.find((candidate) => pattern.test(candidate))
        if (seen === undefined) return
        clearTimeout(timer)
        waiting.delete(look)
        found(seen)
      }
      waiting.add(look)
      look()
      void ended.then((code) => {
        if (!waiting.has(look)) return
        clearTimeout(timer)
        give(`the program ended with ${code}`)
      })
    })
  return { pid: child.pid ?? 0, child, out, err, line, ended }
}

/** Runs the program to its end. */
export const runCommand = async (
  args: readonly string[],
  folder: string,
): Promise<{ readonly code: number | string; readonly out: string; readonly err: string }> => {
  const { ended, out, err } = startCommand(args, folder)
  const code = await ended
  return { code, out: out.join('\n'), err: err.join('\n') }
}
