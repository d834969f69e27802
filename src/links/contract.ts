import type { Failure } from '../failures.js'

/** A byte stream: a serial port or a TCP connection. A transfer that misses its deadline rejects with Failure DEADLINE, a lost port with PORT_GONE. */
export interface StreamLink {
  write(bytes: Uint8Array, deadlineMs: number): Promise<void>
  /** What arrives, in order, in whatever pieces the port makes. One reader only. Ends, or throws PORT_GONE, when the port is gone. */
  readonly chunks: AsyncIterable<Uint8Array>
}

/** The eight bytes of a USB control transfer, by field. */
export interface UsbSetup {
  readonly requestType: 'standard' | 'class' | 'vendor'
  readonly recipient: 'device' | 'interface' | 'endpoint' | 'other'
  readonly request: number
  readonly value: number
  readonly index: number
}

/**
 * A claimed USB interface. `endpoint` is the address with its direction bit (0x82). Stalls reject with BAD_FRAME, time-outs with DEADLINE,
 * unplug with PORT_GONE. A standard CLEAR_FEATURE(ENDPOINT_HALT) by `control` resets the host's data toggle too (USB 2.0, 9.4.5).
 */
export interface UsbLink {
  /** With a number: reads up to that many bytes. With bytes: writes them, resolves to an empty array. */
  control(setup: UsbSetup, dataOrLength: Uint8Array | number, deadlineMs: number): Promise<Uint8Array>
  /** One transfer of at most `bytes`; a short packet ends it. One at a time for each endpoint. */
  read(endpoint: number, bytes: number, deadlineMs: number): Promise<Uint8Array>
  write(endpoint: number, bytes: Uint8Array, deadlineMs: number): Promise<void>
  /** Largest packet of the endpoint in bytes, from the descriptor: 512 at high speed, 64 at full speed. */
  packetBytes(endpoint: number): number
}

/** The three ways a driver may be given bytes. HID comes with the first HID family. */
export type LinkKind = 'stream' | 'usb'

interface OpenPort {
  /** Where it hangs, for messages: `tcp://127.0.0.1:4001`, `serial:/dev/ttyUSB0`, `usb:1-1.2`. */
  readonly where: string
  /** Resolves once, with the reason, when the port is lost; never rejects. Stays pending after a `close()` of our own. */
  readonly gone: Promise<Failure>
  /** Bytes or packets thrown away because nobody read them in time. */
  dropped(): number
  /** May be called twice. Takes under 500 ms. */
  close(): Promise<void>
}

/** An open port. Drivers get `link` alone; opening and closing is the supervisor's. */
export type OpenLink = OpenPort &
  (
    | { readonly kind: 'stream'; readonly link: StreamLink }
    /** `product`: the USB product id, by which a family tells its models apart. */
    | { readonly kind: 'usb'; readonly link: UsbLink; readonly product: number }
  )

/** One place where an instrument may hang, as listed without touching it. */
export interface Port {
  /** The address of the configuration: `tcp://HOST:PORT`, `serial:/dev/...`, `usb:BUS-PATH`. */
  readonly url: string
  readonly kind: LinkKind
  readonly usbVendor?: number
  readonly usbProduct?: number
  readonly serialNumber?: string
}
