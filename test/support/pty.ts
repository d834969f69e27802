import { type ChildProcess, spawn, spawnSync } from 'node:child_process'

/** A pseudo-terminal whose far side is the test: what a serial port and its instrument are without hardware. */
export interface Pty {
  readonly url: string
  /** Bytes that came from the port, as one. */
  received(bytes: number): Promise<Buffer>
  send(bytes: Uint8Array): void
  /** Stops reading and writing, and goes on. */
  pause(): void
  resume(): void
  /** Pulls the cable. */
  kill(): Promise<void>
}

/** Says what to install, null where socat is there. */
export const withoutSocat = (): string | false =>
  spawnSync('socat', ['-V']).status === 0 ? false : 'serial ports on a pseudo-terminal: needs socat: sudo apt install socat'

export const openPty = async (path: string): Promise<Pty> => {
  const socat = spawn('socat', ['-d', '-d', `pty,raw,echo=0,link=${path}`, 'STDIO'], { stdio: ['pipe', 'pipe', 'pipe'] })
  let got = Buffer.alloc(0)
  let look: () => void = () => {}
  socat.stdout.on('data', (part: Buffer) => {
    got = Buffer.concat([got, part])
    look()
  })
  socat.stdin.on('error', () => {})
  await new Promise<void>((resolve, reject) => {
    socat.once('error', reject)
    socat.once('exit', (code) => reject(new Error(`socat ended with ${code}`)))
    socat.stderr.on('data', (text: Buffer) => {
      if (text.includes('starting data transfer loop')) resolve()
    })
  })
  return {
    url: `serial:${path}`,
    async received(bytes) {
      while (got.length < bytes)
        await new Promise<void>((resolve) => {
          look = resolve
        })
      const first = got.subarray(0, bytes)
      got = got.subarray(bytes)
      return first
    },
    send: (bytes) => void socat.stdin.write(bytes),
    pause: () => void socat.kill('SIGSTOP'),
    resume: () => void socat.kill('SIGCONT'),
    kill: () => ended(socat),
  }
}

const ended = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  child.kill('SIGKILL')
  await exit
}
