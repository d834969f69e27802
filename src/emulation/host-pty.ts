import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { lstat, stat } from 'node:fs/promises'
import type { Readable, Writable } from 'node:stream'
import { Failure } from '../failures.js'
import type { StreamEnd } from './contract.js'

export interface HostedPty {
  /** Opens like a serial port: `serial:PATH`. */
  readonly path: string
  /** Resolves if the pseudo-terminal is lost without `close`. */
  readonly gone: Promise<Failure>
  /** Bytes thrown away because nobody read them. */
  dropped(): number
  /** Ends the socat that was started, and with it the link; may be called twice. */
  close(): Promise<void>
}

/** Bytes kept for a port that nobody reads; a piece beyond is dropped whole, and counted. */
const MAX_UNSENT_BYTES = 1024 * 1024
/** Milliseconds for socat to make the pseudo-terminal, and to end when told to. */
const OPEN_MS = 3000
const CLOSE_MS = 1000
/** What socat says (at -d -d) when the link stands and bytes flow. */
const READY = 'starting data transfer loop'
/** Characters of socat's address grammar. */
const NOT_IN_A_PATH = /[,:!"'\\()[\]{}\s]/

type Socat = ChildProcessByStdio<Writable, Readable, Readable>

/**
 * An emulated instrument behind a pseudo-terminal, for programs that want a serial port. A client may come and go: the instrument stays
 * attached, and what it sends meanwhile waits in the terminal, as in a USB serial adapter.
 * @throws Failure PART_MISSING without socat, PORT_BUSY for a link that leads somewhere, USAGE for any other file at `path`, PORT_FAILED with socat's own words.
 */
export const hostPty = async (end: StreamEnd, path: string): Promise<HostedPty> => {
  await checkPath(path)
  const socat = spawn('socat', ['-d', '-d', `pty,raw,echo=0,link=${path}`, 'STDIO'], { stdio: ['pipe', 'pipe', 'pipe'] })
  const ended = new Promise<void>((resolve) => {
    socat.once('close', () => resolve())
  })
  socat.stdin.on('error', () => {})
  await ready(socat, path)
  let dropped = 0
  let closing = false
  const gone = new Promise<Failure>((resolve) => {
    socat.once('exit', (code, signal) => {
      end.detach()
      if (!closing) resolve(new Failure('PORT_GONE', { where: path, seen: `socat ended (${signal ?? code})` }))
    })
  })
  socat.stdout.on('data', (bytes: Buffer) => end.receive(bytes))
  end.attach((bytes) => {
    if (socat.stdin.writableLength + bytes.length > MAX_UNSENT_BYTES) dropped += bytes.length
    else if (socat.stdin.writable) socat.stdin.write(bytes)
  })
  return {
    path,
    gone,
    dropped: () => dropped,
    async close() {
      closing = true
      await stop(socat, ended)
    },
  }
}

/** socat would replace whatever stands at the path of its link. */
const checkPath = async (path: string): Promise<void> => {
  if (path === '' || NOT_IN_A_PATH.test(path))
    throw new Failure('USAGE', { where: 'pty', seen: JSON.stringify(path), allowed: 'a path without blanks and without , : ! quotes or brackets' })
  const found = await lstat(path).catch(() => null)
  if (found === null) return
  if (!found.isSymbolicLink()) throw new Failure('USAGE', { where: path, seen: 'something is there already', allowed: 'a path where nothing is' })
  if (await stat(path).catch(() => null))
    throw new Failure('PORT_BUSY', {
      where: path,
      seen: 'a link that leads somewhere',
      cure: 'is another simulator running there? Take another path, or remove it',
    })
}

const ready = async (socat: Socat, path: string): Promise<void> => {
  let said = ''
  let timer: NodeJS.Timeout | undefined
  const outcome = new Promise<void>((resolve, reject) => {
    socat.stderr.on('data', (text: Buffer) => {
      if (said.length < 4096) said += text.toString()
      if (said.includes(READY)) resolve()
    })
    socat.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'ENOENT'
          ? new Failure('PART_MISSING', { where: 'socat', seen: 'not installed', cure: 'sudo apt install socat', cause: error })
          : new Failure('PORT_FAILED', { where: path, seen: error.message, cause: error }),
      ),
    )
    socat.once('close', () => reject(new Failure('PORT_FAILED', { where: path, seen: lastError(said), cure: 'can the folder be written?' })))
    timer = setTimeout(() => {
      socat.kill('SIGKILL')
      reject(new Failure('DEADLINE', { where: path, seen: `socat not ready within ${OPEN_MS} ms` }))
    }, OPEN_MS)
  })
  try {
    await outcome
  } finally {
    clearTimeout(timer)
  }
}

const stop = async (socat: Socat, ended: Promise<void>): Promise<void> => {
  if (socat.exitCode === null && socat.signalCode === null) socat.kill()
  const timer = setTimeout(() => socat.kill('SIGKILL'), CLOSE_MS)
  await ended
  clearTimeout(timer)
}

/** socat's last line of level E (error), without its date. */
const lastError = (said: string): string => {
  const line = said.split('\n').findLast((text) => / E /.test(text))
  return line?.replace(/^.* E /, '') ?? 'socat ended without a word'
}
