import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** One line of the agent's log; what is no JSON (a command's last word) has the level 0. */
export interface LogLine {
  readonly level: number
  readonly msg: string
  readonly code: string | null
}

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** Milliseconds of `performance.now` at which it was noticed. */
  readonly atMs: number
}

/** The agent as it runs in production: a process of its own, built, `run --config FILE`. */
export interface AgentChild {
  readonly log: readonly LogLine[]
  /** Everything it wrote, as it stands there. */
  text(): string
  readonly ended: Promise<Ended>
  /** Resolves with the first line, from the `from`-th on, that matches; rejects, showing the log, when the agent ends before or stays silent. */
  logged(pattern: RegExp, from?: number): Promise<LogLine>
  signal(name: 'SIGTERM' | 'SIGINT' | 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void
  /** For the end of a test, whatever state it is in. */
  kill(): Promise<void>
}

/** Milliseconds after which a line that does not come is given up, so that a failing test shows the log and not only its own limit. */
const GIVE_UP_MS = 20_000

const MAIN = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url))

export const startAgentChild = (configFile: string): AgentChild => {
  if (!existsSync(MAIN)) throw new Error('the agent is not built: npm run build (npm test does it)')
  const child = spawn(process.execPath, [MAIN, 'run', '--config', configFile], { stdio: ['ignore', 'ignore', 'pipe'] })
  // However the test ends, its agent does too.
  const last = () => void child.kill('SIGKILL')
  process.once('exit', last)
  const log: LogLine[] = []
  const raw: string[] = []
  let over: Ended | null = null
  let watchers: (() => void)[] = []
  const wake = () => {
    const woken = watchers
    watchers = []
    for (const watcher of woken) watcher()
  }
  const lines = createInterface({ input: child.stderr })
  lines.on('line', (line) => {
    raw.push(line)
    log.push(parsed(line))
    wake()
  })
  const ended = new Promise<Ended>((resolve) => {
    let atMs = 0
    child.once('exit', () => {
      atMs = performance.now()
    })
    child.once('close', (code, signal) => {
      process.removeListener('exit', last)
      over = { code, signal, atMs }
      resolve(over)
      // The last lines are read in a later turn than the end of their stream.
      setImmediate(wake)
    })
  })
  return {
    log,
    text: () => raw.join('\n'),
    ended,
    async logged(pattern, from = 0) {
      let late = false
      const limit = setTimeout(() => {
        late = true
        wake()
      }, GIVE_UP_MS)
      try {
        for (let at = from; ; at++) {
          while (at >= log.length) {
            const why = over ? `it ended with ${over.code ?? over.signal}` : late ? 'it stays silent' : null
            if (why) throw new Error(`the agent never logged ${pattern}, ${why}: ${JSON.stringify(log.slice(-5))}`)
            await new Promise<void>((resolve) => watchers.push(resolve))
          }
          const line = log[at]
          if (line && pattern.test(line.msg)) return line
        }
      } finally {
        clearTimeout(limit)
      }
    },
    signal: (name) => void child.kill(name),
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
  }
}

const parsed = (line: string): LogLine => {
  const content: unknown = line.startsWith('{') ? JSON.parse(line) : null
  const { level, msg, code } = Object.assign({ level: 0, msg: line, code: null }, content)
  return { level, msg, code }
}
