import { SerialPort } from 'serialport'
import { Failure } from '../failures.js'
import { createByteQueue } from './byte-queue.js'
import type { OpenLink } from './contract.js'
import { withDeadline } from './deadline.js'
import { watchNode } from './serial-node.js'
import { checkUnsent } from './unsent.js'

/** Milliseconds for the system to open or close a port. */
const OPEN_MS = 3000
const CLOSE_MS = 400

/**
 * A serial port of this machine, held exclusively, 8N1 without flow control.
 * @throws Failure PORT_GONE (no such port), PORT_BUSY, PORT_DENIED or PORT_FAILED, each with its cure.
 */
export const openSerial = async (url: string, baudRate: number): Promise<OpenLink> => {
  const path = url.replace(/^serial:/, '')
  const port = new SerialPort({ path, baudRate, lock: true, autoOpen: false })
  await withDeadline(new Promise<void>((resolve, reject) => port.open((error) => (error ? reject(whyNot(url, error)) : resolve()))), OPEN_MS, url)
  const queue = createByteQueue()
  let closing = false
  let stopWatch = () => {}
  const gone = new Promise<Failure>((resolve) => {
    const lose = (seen: string) => {
      stopWatch()
      const lost = new Failure('PORT_GONE', { where: url, seen })
      queue.end(closing ? null : lost)
      if (!closing) resolve(lost)
    }
    port.on('data', (bytes: Buffer) => queue.push(bytes))
    port.on('error', (error: Error) => lose(error.message))
    port.on('close', (error: Error | null) => lose(error?.message ?? 'the port closed'))
  })
  stopWatch = await watchNode(path, () => {
    if (port.isOpen) port.close()
  })
  if (!port.isOpen) stopWatch()
  return {
    kind: 'stream',
    where: url,
    gone,
    dropped: queue.dropped,
    link: {
      chunks: queue.chunks,
      write: (bytes, deadlineMs) => withDeadline(written(port, bytes, url), deadlineMs, url),
    },
    async close() {
      closing = true
      stopWatch()
      queue.end(null)
      if (port.isOpen) await withDeadline(closed(port), CLOSE_MS, url).catch(() => {})
    },
  }
}

/**
 * Resolves when the system has taken the bytes. Not when they are on the wire: waiting for that (tcdrain) holds one of the four threads
 * of Node's pool, for ever at an adapter that hangs, and the fourth such write would stop the whole agent.
 */
const written = (port: SerialPort, bytes: Uint8Array, url: string): Promise<void> =>
  new Promise((resolve, reject) => {
    if (!port.isOpen) return reject(new Failure('PORT_GONE', { where: url }))
    checkUnsent(port.writableLength, url)
    port.write(Buffer.from(bytes), (error) => (error ? reject(new Failure('PORT_GONE', { where: url, seen: error.message })) : resolve()))
  })

const closed = async (port: SerialPort): Promise<void> => {
  // What a hanging port never took would keep the system from closing it.
  if (port.writableLength > 0) await new Promise<void>((resolve) => port.flush(() => resolve()))
  await new Promise<void>((resolve) => port.close(() => resolve()))
}

/** serialport tells by message alone why a port does not open. */
const whyNot = (url: string, { message }: Error): Failure => {
  if (/permission denied/i.test(message))
    return new Failure('PORT_DENIED', {
      where: url,
      seen: message,
      cure: 'sudo usermod -aG dialout $USER, then log in again (the systemd unit has that group already)',
    })
  if (/cannot lock|temporarily unavailable|resource busy/i.test(message))
    return new Failure('PORT_BUSY', { where: url, seen: message, cure: `fuser -v ${url.replace(/^serial:/, '')} names the process that holds it` })
  if (/no such file/i.test(message))
    return new Failure('PORT_GONE', { where: url, seen: message, cure: 'plug it in; "spectro2mqtt devices" lists what is there' })
  return new Failure('PORT_FAILED', { where: url, seen: message })
}
