import { Failure } from '../../src/failures.js'
import type { DriverContext } from '../../src/instruments/contract.js'
import type { StreamLink } from '../../src/links/contract.js'
import { createCodec, encode, type Reply, type Request, replyBytes } from './codec.js'
import { createWatchdog } from './watchdog.js'

/** Silence after which the line counts as drained, and how long an instrument may go on talking; milliseconds. */
const QUIET_MS = 200
const DRAIN_MS = 3000
/** Milliseconds for the port to take a command of at most four bytes. */
const WRITE_MS = 400

export interface Answered {
  readonly reply: Reply
  readonly bytes: number
  /** Monotonic milliseconds before the command was written, and when the last byte of its reply came. */
  readonly sentMs: number
  readonly doneMs: number
  /** How many pieces the port made of it. */
  readonly pieces: number
}

/** One question at a time over a line without framing, and the knowledge whether the line is still in step. */
export interface Conversation {
  /** @throws Failure DEADLINE (no byte), BAD_FRAME (part of a reply, or none), PORT_GONE, ABORTED. */
  ask(request: Request, waitMs: number, signal?: AbortSignal): Promise<Answered>
  /** False after anything that was not a whole reply to its question: then `settle` first. */
  inStep(): boolean
  /**
   * Waits for the reply that nobody wants any more; where more than that was wrong, for silence. The line is quiet afterwards.
   * @returns whether it had to be drained: then what the instrument is set to is in doubt.
   */
  settle(signal?: AbortSignal): Promise<boolean>
  /** The reply came too soon to be the one that was asked for: the true one may still come, until `untilMs`. */
  expectAnother(request: Request, untilMs: number): void
  /** No byte behind the last reply, for `ms` from now: false if one came. */
  staysQuiet(ms: number, signal?: AbortSignal): Promise<boolean>
  stop(): void
}

interface Waiting {
  readonly sentMs: number
  readonly deadlineMs: number
  pieces: number
  resolve(answered: Answered): void
  reject(failure: Failure): void
}

export const createConversation = (link: StreamLink, where: string, { clock, badFrame }: DriverContext): Conversation => {
  const codec = createCodec()
  let asked: Request = { kind: 'get-exposure' }
  let waiting: Waiting | null = null
  /** Until when the reply to an abandoned question may still come. */
  let owedUntilMs: number | null = null
  let step = false
  let lost: Failure | null = null
  let lastByteMs = Number.NEGATIVE_INFINITY
  let listening = false

  const outOfStep = (failure: Failure) => {
    step = false
    owedUntilMs = null
    waiting?.reject(failure)
  }
  const watchdog = createWatchdog(clock, () => {
    const held = codec.abandon()
    if (held > 0) badFrame('length', held)
    const seen = held > 0 ? `${held} of ${replyBytes(asked)} bytes of the reply to ${asked.kind}` : `no reply to ${asked.kind}`
    outOfStep(new Failure(held > 0 ? 'BAD_FRAME' : 'DEADLINE', { where, seen }))
  })
  const take = (part: Uint8Array) => {
    lastByteMs = clock.monotonicMs()
    if (waiting) waiting.pieces += 1
    const [first, ...more] = codec.push(part)
    if (!first) return
    if (first.kind === 'reply' && more.length === 0) {
      owedUntilMs = null
      const { reply, bytes } = first
      if (waiting) waiting.resolve({ reply, bytes, sentMs: waiting.sentMs, doneMs: lastByteMs, pieces: waiting.pieces })
      return
    }
    // Bytes behind a whole reply make it doubtful too: one may have been put in among its counts.
    for (const decoded of [first, ...more]) badFrame(decoded.kind === 'reply' ? 'length' : decoded.why, decoded.bytes)
    const why = first.kind === 'reply' ? 'more bytes than the reply has' : `bytes that are no reply (${first.why})`
    outOfStep(new Failure('BAD_FRAME', { where, seen: `${why} to ${asked.kind}` }))
  }
  const lose = (failure: Failure) => {
    lost ??= failure
    waiting?.reject(lost)
  }
  const listen = async () => {
    try {
      for await (const part of link.chunks) take(part)
      lose(new Failure('PORT_GONE', { where, seen: 'the port was closed' }))
    } catch (error) {
      lose(error instanceof Failure ? error : new Failure('PORT_GONE', { where, cause: error }))
    }
  }
  const start = () => {
    if (listening) return
    listening = true
    lastByteMs = clock.monotonicMs()
    void listen()
  }
  const wait = (sentMs: number, deadlineMs: number, signal: AbortSignal | undefined): Promise<Answered> =>
    new Promise((resolve, reject) => {
      const end = () => {
        waiting = null
        watchdog.disarm()
        signal?.removeEventListener('abort', abort)
      }
      const abort = () => {
        owedUntilMs = deadlineMs
        waiting?.reject(new Failure('ABORTED', { where }))
      }
      waiting = {
        sentMs,
        deadlineMs,
        pieces: 0,
        resolve(answered) {
          end()
          resolve(answered)
        },
        reject(failure) {
          end()
          reject(failure)
        },
      }
      signal?.addEventListener('abort', abort)
      watchdog.arm(deadlineMs)
    })
  const admit = (signal: AbortSignal | undefined) => {
    start()
    if (lost) throw lost
    if (signal?.aborted) throw new Failure('ABORTED', { where })
  }
  return {
    inStep: () => step && owedUntilMs === null,
    async ask(request, waitMs, signal) {
      admit(signal)
      asked = request
      codec.expect(request)
      const sentMs = clock.monotonicMs()
      const answered = wait(sentMs, sentMs + waitMs, signal)
      // Not awaited: the reply proves the write, and a write that fails ends the wait.
      link.write(encode(request), WRITE_MS).catch((error: unknown) => {
        outOfStep(error instanceof Failure ? error : new Failure('PORT_FAILED', { where, cause: error }))
      })
      return answered
    },
    async settle(signal) {
      admit(signal)
      if (owedUntilMs !== null) {
        await wait(clock.monotonicMs(), owedUntilMs, signal).catch((error: unknown) => {
          if (lost || signal?.aborted) throw error
        })
      }
      if (step) return false
      const held = codec.abandon()
      if (held > 0) badFrame('length', held)
      const untilMs = clock.monotonicMs() + DRAIN_MS
      for (let quietMs = 0; quietMs < QUIET_MS; quietMs = clock.monotonicMs() - lastByteMs) {
        if (lost) throw lost
        if (clock.monotonicMs() >= untilMs) throw new Failure('BAD_FRAME', { where, seen: `bytes without a pause for ${DRAIN_MS} ms` })
        await clock.sleep(Math.max(1, lastByteMs + QUIET_MS - clock.monotonicMs()), signal)
      }
      step = true
      return true
    },
    expectAnother(request, untilMs) {
      codec.expect(request)
      step = false
      owedUntilMs = untilMs
    },
    async staysQuiet(ms, signal) {
      await clock.sleep(ms, signal)
      // What comes unasked is out of step, also what came before this call: the port may have cut it off the reply.
      return step
    },
    stop() {
      watchdog.stop()
      waiting?.reject(new Failure('ABORTED', { where }))
    },
  }
}
