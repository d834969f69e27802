import { Failure, isFailure } from '../../src/failures.js'
import type { BadFrameCause, Decoded, DriverContext } from '../../src/instruments/contract.js'
import type { UsbLink, UsbSetup } from '../../src/links/contract.js'
import { createCodec, encode, type Reply, type Request, replyBytes } from './codec.js'

/** Endpoints of the FPGA models (protocols/usb-oceanoptics-ooi, section 2). */
export const ENDPOINTS = { command: 0x01, reply: 0x81, spectrum: 0x82, firstHalf: 0x86 } as const

/** Milliseconds for a write, and for a reply of at most 17 bytes. */
const WRITE_MS = 300
const REPLY_MS = 400
/** The longest that one read is left pending; milliseconds. A stop must not wait for more. */
export const SLICE_MS = 400
/** A queue counts as empty after this silence, and is given up after so many transfers. */
const DRAIN_MS = 60
const DRAIN_TRANSFERS = 64
const DRAIN_BYTES = 8192
/** So often is a question asked whose reply did not come or was out of step, with drained endpoints before each further try. */
const ASK_TRIES = 3

type Kind = Reply['kind']
type Of<K extends Kind> = Extract<Reply, { kind: K }>

/** Commands and replies over one claimed interface, one transfer at a time on each endpoint. */
export interface Transfers {
  /** A command without reply: success is silent. */
  tell(request: Request): Promise<void>
  /** @throws Failure NO_ANSWER or BAD_FRAME when every try failed, PORT_GONE and ABORTED at once. */
  ask<K extends Exclude<Kind, 'frame'>>(request: Request, kind: K, signal?: AbortSignal): Promise<Of<K>>
  /** One slice of waiting. Resolves to null when nothing came in it; leaves the read behind on ABORTED. */
  slice(endpoint: number, bytes: number, signal: AbortSignal | undefined): Promise<Uint8Array | null>
  /** Reads every endpoint empty; returns the bytes thrown away. */
  drain(): Promise<number>
  /** Bytes of the frame asked for last: what it decodes to, null while more must come. */
  frame(part: Uint8Array): Float64Array | null
  /** Gives up the frame: counts what had come of it, and is the failure. */
  refuse(cause: BadFrameCause, seen: string): Failure
  /** Resolves when the read that an abort left behind has ended, to the bytes it still got. */
  idle(): Promise<number>
}

export const createTransfers = (link: UsbLink, inputs: readonly number[], where: string, { badFrame }: DriverContext): Transfers => {
  const codec = createCodec()
  let flying: Promise<number> = Promise.resolve(0)

  const fromLink = async <T>(endpoint: number, work: Promise<T>): Promise<T> => {
    try {
      return await work
    } catch (error) {
      // A stalled endpoint stays so until the host clears it (USB 2.0, 9.4.5).
      if (isFailure(error, 'BAD_FRAME')) {
        badFrame('sync', codec.abandon())
        await link.control(clearHalt(endpoint), new Uint8Array(0), WRITE_MS)
      }
      throw error
    }
  }
  const tell = async (request: Request) => {
    codec.expect(request)
    await fromLink(ENDPOINTS.command, link.write(ENDPOINTS.command, encode(request), WRITE_MS))
  }
  const read = (endpoint: number, bytes: number, deadlineMs: number) => fromLink(endpoint, link.read(endpoint, bytes, deadlineMs))
  const refuse = (cause: BadFrameCause, seen: string): Failure => {
    badFrame(cause, codec.abandon())
    return new Failure('BAD_FRAME', { where, seen })
  }
  /** The one reply that these bytes must be; everything else is counted and refused. */
  const only = (decoded: readonly Decoded<Reply>[]): Reply | null => {
    const [first, second] = decoded
    if (!first) return null
    if (first.kind === 'reply' && !second) return first.reply
    for (const { bytes, ...rest } of decoded) badFrame(rest.kind === 'refused' ? rest.why : 'length', bytes)
    throw new Failure('BAD_FRAME', { where, seen: first.kind === 'refused' ? `a reply refused as ${first.why}` : 'more bytes than the reply has' })
  }
  const drain = async (): Promise<number> => {
    let thrown = codec.abandon()
    for (const endpoint of inputs)
      for (let transfer = 0; transfer < DRAIN_TRANSFERS; transfer++) {
        try {
          thrown += (await read(endpoint, DRAIN_BYTES, DRAIN_MS)).length
        } catch (error) {
          if (isFailure(error, 'DEADLINE')) break
          // A stall that was cleared; the queue behind it is still to be read.
          if (!isFailure(error, 'BAD_FRAME')) throw error
        }
      }
    return thrown
  }
  const askOnce = async <K extends Kind>(request: Request, kind: K): Promise<Of<K>> => {
    await tell(request)
    const reply = only(codec.push(await read(ENDPOINTS.reply, link.packetBytes(ENDPOINTS.reply), REPLY_MS)))
    if (reply && isKind(reply, kind)) return reply
    throw refuse('length', `${codec.held} of ${replyBytes(request)} bytes in reply to ${request.kind}`)
  }
  return {
    tell,
    drain,
    refuse,
    idle: () => flying,
    async ask(request, kind, signal) {
      for (let tries = 1; ; tries++) {
        if (signal?.aborted) throw new Failure('ABORTED', { where })
        try {
          return await askOnce(request, kind)
        } catch (error) {
          if (!isFailure(error, 'BAD_FRAME', 'DEADLINE')) throw error
          if (tries === ASK_TRIES)
            throw error.code === 'BAD_FRAME'
              ? error
              : new Failure('NO_ANSWER', { where, seen: `${tries} times no reply to ${request.kind}`, cause: error })
        }
        if (signal?.aborted) throw new Failure('ABORTED', { where })
        const left = await drain()
        if (left > 0) badFrame('sync', left)
      }
    },
    async slice(endpoint, bytes, signal) {
      const reading = read(endpoint, bytes, SLICE_MS)
      flying = reading.then(
        (part) => part.length,
        () => 0,
      )
      try {
        const part = await abortable(reading, signal, where)
        flying = Promise.resolve(0)
        return part
      } catch (error) {
        if (isFailure(error, 'DEADLINE')) return null
        throw error
      }
    },
    frame(part) {
      const reply = only(codec.push(part))
      return reply?.kind === 'frame' ? reply.counts : null
    },
  }
}

const clearHalt = (endpoint: number): UsbSetup => ({ requestType: 'standard', recipient: 'endpoint', request: 1, value: 0, index: endpoint })

const isKind = <K extends Kind>(reply: Reply, kind: K): reply is Of<K> => reply.kind === kind

/** The work goes on after an abort: a transfer ends by its own deadline. */
const abortable = async <T>(work: Promise<T>, signal: AbortSignal | undefined, where: string): Promise<T> => {
  if (!signal) return work
  const ended = new AbortController()
  const aborted = new Promise<never>((_, reject) => {
    const stop = () => reject(new Failure('ABORTED', { where }))
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { signal: ended.signal })
  })
  try {
    return await Promise.race([work, aborted])
  } finally {
    ended.abort()
  }
}
