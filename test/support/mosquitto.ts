import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

/** A Debian broker of its own process, for one test. */
export interface Mosquitto {
  readonly port: number
  /** Ends it at once, as a crash would; or, with SIGSTOP, makes it deaf until SIGCONT. */
  signal(name: 'SIGKILL' | 'SIGTERM' | 'SIGSTOP' | 'SIGCONT'): Promise<void>
}

/** For the `skip` of a test that needs the broker: false, or why it is skipped and how to have it run. */
export const withoutMosquitto: string | false = (() => {
  try {
    // Without -c it would start; -h prints its version and ends with 3.
    execFileSync('mosquitto', ['-h'], { stdio: 'ignore' })
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 'SKIPPED against a real broker: apt install mosquitto'
  }
  return false
})()

/**
 * Starts mosquitto on a free port of the loopback and waits until it takes connections.
 * @param directory where its configuration goes
 * @param lines of its configuration beside the listener; `allow_anonymous true` where there is none of `allow_anonymous`
 * @param port the one to take, for a broker that comes back
 */
export const startMosquitto = async (directory: string, lines: readonly string[] = [], port?: number): Promise<Mosquitto> => {
  const chosen = port ?? (await freePort())
  const file = join(directory, 'mosquitto.conf')
  const access = lines.some((line) => line.startsWith('allow_anonymous')) ? [] : ['allow_anonymous true']
  writeFileSync(file, [`listener ${chosen} 127.0.0.1`, 'user root', 'log_dest none', ...access, ...lines, ''].join('\n'))
  const child = spawn('mosquitto', ['-c', file], { stdio: 'ignore' })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  await listening(child, chosen)
  return {
    port: chosen,
    async signal(name) {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill(name)
      if (name === 'SIGKILL' || name === 'SIGTERM') await ended
    },
  }
}

export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => (typeof address === 'object' && address !== null ? resolve(address.port) : reject(new Error('no port'))))
    })
  })

const listening = async (child: ChildProcess, port: number): Promise<void> => {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`mosquitto ended with ${child.exitCode}: look at its configuration`)
    if (await answers(port)) return
    await setTimeout(20)
  }
}

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' })
    socket.once('connect', () => resolve(true))
    socket.once('error', () => resolve(false))
    socket.once('close', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
