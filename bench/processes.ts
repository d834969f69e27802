import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** Milliseconds for a server to answer. */
const UP_MS = 10_000

export interface Running {
  readonly port: number
  stop(): Promise<void>
}

/** Debian's mosquitto on a free loopback port. */
export const startMosquitto = async (): Promise<Running> => {
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'spectro2mqtt-bench-'))
  const config = join(folder, 'mosquitto.conf')
  writeFileSync(config, `listener ${port} 127.0.0.1\nallow_anonymous true\nmax_inflight_messages 0\nset_tcp_nodelay true\n`)
  const file = ['/usr/sbin/mosquitto', '/usr/bin/mosquitto'].find((path) => existsSync(path)) ?? 'mosquitto'
  const child = spawn(file, ['-c', config], { stdio: 'ignore' })
  for (let waitedMs = 0; !(await answers(port)); waitedMs += 20) {
    if (waitedMs > UP_MS) throw new Error('mosquitto does not answer: apt-get install mosquitto')
    await sleep(20)
  }
  return { port, stop: () => ended(child) }
}

export const ended = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise((resolve) => child.once('close', resolve))
  child.kill('SIGTERM')
  await gone
}

/** Resident memory of a process in MiB, as the kernel counts it. */
export const rssMiB = (pid: number | undefined): number => {
  const status = pid === undefined ? '' : readFileSync(`/proc/${pid}/status`, 'utf8')
  return Math.round(Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024)
}

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
