import type { StreamEnd, UsbEnd } from '../../emulation/contract.js'
import { Failure } from '../../failures.js'

/** Where an emulated instrument waits for a host. */
export type Listening =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'pty'; readonly path: string }
  | { readonly kind: 'usbip'; readonly port: number }

export interface Hosted {
  /** As an instrument's `link` in the configuration; null where only the host's kernel gives it an address. */
  readonly link: string | null
  /** What to do on the host before it is there, as commands. */
  readonly attach: readonly string[]
  /** Resolves if the far end is lost without `close`; pending otherwise. */
  readonly gone: Promise<Failure>
  /** Bytes thrown away because nobody read them. */
  dropped(): number
  close(): Promise<void>
}

/** Where it waits when nothing is said. 3240 is the port of USB/IP (IANA). */
const DEFAULTS = { stream: 'tcp://127.0.0.1:4001', usb: 'usbip:3240' } as const
const ALLOWED = { stream: 'tcp://HOST:PORT or pty:PATH', usb: 'usbip:PORT' } as const

/** @throws Failure USAGE for what is no address, or one that the family's kind of link cannot have. */
export const parseListen = (text: string | undefined, kind: 'stream' | 'usb'): Listening => {
  const given = text ?? DEFAULTS[kind]
  const wrong = () => new Failure('USAGE', { where: '--listen', seen: JSON.stringify(given), allowed: `${ALLOWED[kind]} for this family` })
  const [, tcpHost, tcpPort] = /^tcp:\/\/(\[[0-9a-fA-F:]+\]|[^\s/:]+):(\d{1,5})$/.exec(given) ?? []
  if (kind === 'stream' && tcpHost !== undefined) return { kind: 'tcp', host: tcpHost.replace(/^\[|\]$/g, ''), port: portOf(tcpPort, wrong) }
  const [, path] = /^pty:(.+)$/.exec(given) ?? []
  if (kind === 'stream' && path !== undefined) return { kind: 'pty', path }
  const [, usbPort] = /^usbip:(\d{1,5})$/.exec(given) ?? []
  if (kind === 'usb' && usbPort !== undefined) return { kind: 'usbip', port: portOf(usbPort, wrong) }
  throw wrong()
}

const portOf = (text: string | undefined, wrong: () => Failure): number => {
  const port = Number(text)
  if (Number.isInteger(port) && port <= 65_535) return port
  throw wrong()
}

/** Puts the far end where it can be reached. @throws Failure PORT_BUSY, PORT_DENIED, PORT_FAILED, or PART_MISSING without socat. */
export const host = async (end: StreamEnd | UsbEnd, at: Listening): Promise<Hosted> => {
  if (end.kind === 'usb' && at.kind === 'usbip') {
    const { hostUsbip } = await import('../../emulation/host-usbip.js')
    const { port, busId, close } = await hostUsbip(end, at.port)
    const attach = ['sudo modprobe vhci-hcd', `sudo usbip --tcp-port ${port} attach -r 127.0.0.1 -b ${busId}`]
    return { link: null, attach, gone: new Promise(() => {}), dropped: () => 0, close }
  }
  if (end.kind === 'stream' && at.kind === 'tcp') {
    const { hostTcp } = await import('../../emulation/host-tcp.js')
    const { url, dropped, close } = await hostTcp(end, at)
    return { link: url, attach: [], gone: new Promise(() => {}), dropped, close }
  }
  if (end.kind === 'stream' && at.kind === 'pty') {
    const { hostPty } = await import('../../emulation/host-pty.js')
    const { path, gone, dropped, close } = await hostPty(end, at.path)
    return { link: `serial:${path}`, attach: [], gone, dropped, close }
  }
  throw new Failure('INVARIANT', { where: 'simulate', seen: `an emulator of kind ${end.kind} at ${at.kind}` })
}
