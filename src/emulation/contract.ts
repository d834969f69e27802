import type { Clock } from '../spectrum/clock.js'

/**
 * What lies before the probe, as the emulated detector sees it. `perMs` is the light on each pixel in counts per
 * millisecond of exposure, dark level excluded; the emulator multiplies by its exposure, adds dark and noise, rounds and saturates.
 */
export interface Look {
  readonly name: string
  readonly perMs: Float64Array
}

/** Asked once at the start of each exposure, so that a scene may change from one capture to the next. */
export interface Scene {
  look(pixels: number): Look
}

/** One finished exposure, for whoever scripts a scene (demo, tests). `endMs` is wall time, milliseconds since 1970. */
export interface Captured {
  readonly name: string
  readonly endMs: number
}

/** Time and chance come in from outside. `unpaced` skips exposure and read-out waits (benchmarks only, and said so there). */
export interface EmulatorOptions {
  readonly model?: string
  readonly serial?: string
  readonly scene: Scene
  readonly clock: Clock
  readonly seed: number
  readonly unpaced?: boolean
  /** Standard deviation of the noise in counts at zero light, and the mean dark level in counts; the family has defaults. */
  readonly noiseCounts?: number
  readonly darkCounts?: number
  onCaptured?(captured: Captured): void
}

/** The far end of a byte stream: bytes in by `receive`, bytes out by the callback given to `attach`. */
export interface StreamEnd {
  readonly kind: 'stream'
  /** Called when a host connects; `send` may be called at any later time until `detach`. */
  attach(send: (bytes: Uint8Array) => void): void
  receive(bytes: Uint8Array): void
  detach(): void
  /** Switch one misbehaviour on (a name from `faults`), for the next `times` occasions (default: until `heal`). */
  misbehave(fault: string, times?: number): void
  heal(): void
}

/**
 * Descriptors as the USB specification has them (chapter 9), and endpoints served one transfer at a time.
 * After a vanish (the cable is pulled) `control` and `out` throw, and `in` rejects with, Failure PORT_GONE until the next `attach`.
 */
export interface UsbEnd {
  readonly kind: 'usb'
  readonly speed: 'full' | 'high'
  readonly deviceDescriptor: Uint8Array
  readonly configurationDescriptor: Uint8Array
  /** Element i is string descriptor i; element 0 is '', as that descriptor is the language list and is served by the host rig. */
  readonly strings: readonly string[]
  attach(): void
  /** Control transfer on endpoint 0 that the rig does not answer itself: bytes for IN, null for an accepted OUT, 'stall'. */
  control(setup: Uint8Array, data: Uint8Array): Uint8Array | null | 'stall'
  /** OUT data on an endpoint. */
  out(endpoint: number, data: Uint8Array): 'ok' | 'stall'
  /**
   * One IN transfer: packets until `bytes` are there or a short packet ends it; pending until then. A packet that does not fit
   * (babble) is lost and answers 'stall'. Rejects with ABORTED when `signal` aborts; packets taken so far are lost, as on a real host.
   */
  in(endpoint: number, bytes: number, signal: AbortSignal): Promise<Uint8Array | 'stall'>
  detach(): void
  misbehave(fault: string, times?: number): void
  heal(): void
}

/** What `drivers/<family>/emulator.ts` exports beside `createEmulator`: each misbehaviour by name, with a sentence. */
export type Faults = Readonly<Record<string, string>>

export type CreateStreamEmulator = (options: EmulatorOptions) => StreamEnd
export type CreateUsbEmulator = (options: EmulatorOptions) => UsbEnd
