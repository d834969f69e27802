import { SerialPort } from 'serialport'
import { Failure } from '../failures.js'
import { createByteQueue } from './byte-queue.js'
import type { OpenLink } from './contract.js'
import { withDeadline } from './deadline.js'

/** Milliseconds for the system to open or close a port. */
const OPEN_MS = 3000
const CLOSE_MS = 400

/**
 * A serial port of this machine, held exclusively, 8N1 without flow control.
 * @throws Failure PORT_GONE (no such port), PORT_BUSY, PORT_DENIED or PORT_FAILED, each with its cure.
 */
export const openSerial = async (url: string, baudRate: number): Promise<OpenLink> => {
  const port = new SerialPort({ path: url.replace(/^serial:/, ''), baudRate, lock: true, autoOpen: false })
  await withDeadline(new Promise<void>((resolve, reject) => port.open((error) => (error ? reject(whyNot(url, error)) : resolve()))), OPEN_MS, url)
  const queue = createByteQueue()
  let closing = false
  const gone = new Promise<Failure>((resolve) => {
    const lose = (seen: string) => {
      const lost = new Failure('PORT_GONE', { where: url, seen })
      queue.end(closing ? null : lost)
      if (!closing) resolve(lost)
    }
    port.on('data', (bytes: Buffer) => queue.push(bytes))
    port.on('error', (error: Error) => lose(error.message))
    port.on('close', () => lose('the port closed'))
  })
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
      queue.end(null)
      if (port.isOpen) await withDeadline(new Promise<void>((resolve) => port.close(() => resolve())), CLOSE_MS, url).catch(() => {})
    },
  }
}

const written = (port: SerialPort, bytes: Uint8Array, url: string): Promise<void> =>
  new Promise((resolve, reject) => {
    if (!port.isOpen) return reject(new Failure('PORT_GONE', { where: url }))
    port.write(Buffer.from(bytes), (error) => {
      if (error) return reject(new Failure('PORT_GONE', { where: url, seen: error.message }))
      port.drain((late) => (late ? reject(new Failure('PORT_GONE', { where: url, seen: late.message })) : resolve()))
    })
  })

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
