import type { StreamEnd } from '../../src/emulation/contract.js'
import { Failure } from '../../src/failures.js'
import { createByteQueue } from '../../src/links/byte-queue.js'
import type { OpenLink } from '../../src/links/contract.js'

/** An open stream port whose far end is an emulator in the same process. */
export interface StreamPair {
  readonly open: OpenLink & { readonly kind: 'stream' }
  /** Every write of the host, in order. */
  readonly written: Uint8Array[]
  /** Bytes to the host that no emulator sent, as a killed process leaves them. */
  inject(bytes: Uint8Array): void
  unplug(): void
}

/** `cut` says how the port cuts what the instrument sends; whole by default. The far end is attached at once. */
export const streamPair = (end: StreamEnd, cut: (bytes: Uint8Array) => readonly Uint8Array[] = (bytes) => [bytes]): StreamPair => {
  const where = 'memory://stream'
  const queue = createByteQueue()
  const written: Uint8Array[] = []
  let lose: (why: Failure) => void = () => {}
  const gone = new Promise<Failure>((resolve) => {
    lose = resolve
  })
  let closed = false
  const detach = () => {
    if (!closed) end.detach()
    closed = true
  }
  const inject = (bytes: Uint8Array) => {
    for (const piece of cut(bytes)) queue.push(Uint8Array.from(piece))
  }
  end.attach((bytes) => {
    if (!closed) inject(bytes)
  })
  return {
    written,
    inject,
    unplug() {
      const failure = new Failure('PORT_GONE', { where, seen: 'unplugged' })
      detach()
      queue.end(failure)
      lose(failure)
    },
    open: {
      kind: 'stream',
      where,
      gone,
      dropped: queue.dropped,
      link: {
        chunks: queue.chunks,
        async write(bytes: Uint8Array) {
          if (closed) throw new Failure('PORT_GONE', { where })
          written.push(Uint8Array.from(bytes))
          end.receive(Uint8Array.from(bytes))
        },
      },
      async close() {
        detach()
        queue.end(null)
      },
    },
  }
}
