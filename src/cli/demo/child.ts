import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Failure } from '../../failures.js'

/** The same that the command's first line gives Node. */
const NODE_OPTIONS = ['--max-semi-space-size=2']
/** Milliseconds before an agent that does not end is ended: it promises 2 s. */
const STOP_MS = 5000
/** Characters of the agent's log that are shown when it ends by itself. */
const SHOWN_LOG = 2000

/** The agent as it runs in production: its own process, `run --config FILE`. The channel to it carries nothing; its end tells the child that the demo is gone. */
export interface AgentChild {
  /** Rejects when it ends before it was asked to; pending otherwise. */
  readonly ended: Promise<never>
  stop(): Promise<void>
}

export const startAgent = (configFile: string, logFile: string): AgentChild => {
  const main = fileURLToPath(new URL('../main.js', import.meta.url))
  const log = openSync(logFile, 'a')
  const child: ChildProcess = spawn(process.execPath, [...NODE_OPTIONS, main, 'run', '--config', configFile], {
    stdio: ['ignore', 'ignore', log, 'ipc'],
  })
  closeSync(log)
  let stopping = false
  const exit = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const ended = new Promise<never>((_, reject) => {
    child.once('error', (cause) => reject(new Failure('PART_MISSING', { where: 'the agent', cause, seen: cause.message })))
    child.once('close', (code, signal) => {
      if (stopping) return
      const seen = `it ended with ${code ?? signal}: ${readFileSync(logFile, 'utf8').slice(-SHOWN_LOG)}`
      reject(new Failure('PART_MISSING', { where: 'the agent', seen }))
    })
  })
  ended.catch(() => {})
  return {
    ended,
    async stop() {
      stopping = true
      child.kill('SIGTERM')
      const hard = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
      await exit
      clearTimeout(hard)
    },
  }
}
