import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** Different spectra kept, sent in turn. */
const POOL = 64
const POINTS = 1024

const spectrum = (k: number): Buffer => {
  const bytes = Buffer.alloc(4 + 4 * POINTS)
  bytes.writeUInt32LE(POINTS, 0)
  for (let i = 0; i < POINTS; i++) bytes.writeFloatLE(0.3 + 0.2 * Math.sin(i / 40 + k) + 0.001 * Math.random(), 4 + 4 * i)
  return bytes
}

/** The feed of the yardstick: float32 spectra to whoever connects, `rate` a second, 0: as fast as they are taken. */
export const startFeed = async (count: number, rate: number): Promise<{ port: number; close(): void }> => {
  const pool = Array.from({ length: POOL }, (_, k) => spectrum(k))
  const server = createServer({ noDelay: true }, async (socket) => {
    socket.on('error', () => {})
    const startMs = performance.now()
    for (let k = 0; k < count && !socket.destroyed; k++) {
      const waitMs = rate === 0 ? 0 : startMs + (1000 * k) / rate - performance.now()
      if (waitMs > 0) await sleep(waitMs)
      const bytes = pool[k % POOL]
      if (bytes && !socket.write(bytes)) await new Promise((resolve) => socket.once('drain', resolve))
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return { port: typeof address === 'object' && address ? address.port : 0, close: () => server.close() }
}
