import type { LinkKind, OpenLink } from '../links/contract.js'
import type { Axis } from '../spectrum/axis.js'
import type { Clock } from '../spectrum/clock.js'

/** How sure a fact of a description is: two sources agree, one source, or our inference. */
export type Confidence = 'confirmed' | 'one-source' | 'unconfirmed'

/** How a damaged frame is noticed; shown to the user. `conversation`: shape and exact length follow from the question. */
export type Integrity = 'checksum' | 'conversation' | 'none'

/** One model of a family. Exposure limits in microseconds; `fullScale` in counts. */
export interface ModelRow {
  readonly model: string
  readonly pixels: number
  readonly fullScale: number
  readonly integrationUs: { readonly min: number; readonly max: number; readonly step: number }
  /** Electrically masked pixels, zero based; empty where the detector has none. */
  readonly darkPixels: readonly number[]
  readonly usb?: { readonly vendor: number; readonly product: number }
  readonly confidence: Confidence
}

/** All that is known of a family before anything is opened: one literal (`drivers/<family>/description.ts`, export `description`). */
export interface Description {
  /** Permanent: topics, logs and configuration carry it. */
  readonly id: string
  readonly title: string
  readonly links: readonly LinkKind[]
  /** USB ids and serial-number prefix that are the family's own: such an instrument starts by itself. */
  readonly match: readonly { readonly usbVendor: number; readonly usbProduct: number; readonly serialPrefix?: string }[]
  readonly models: readonly ModelRow[]
  readonly axisSource: 'device' | 'file'
  readonly integrity: Integrity
  /** Frames to throw away after settings changed, before one counts. */
  readonly staleFrames: number
  /** Serial speed in bits per second, for families on a serial port. */
  readonly baudRate?: number
  readonly source: string
}

export interface Identity {
  readonly family: string
  readonly model: string
  /** null where the instrument has none that can be read. */
  readonly serial: string | null
  readonly firmware: string | null
  /** null where the device does not know it; the supervisor then looks for a file. */
  readonly axis: Axis | null
  /** As found; `Applied.pixels` once settings were applied. */
  readonly pixels: number
  readonly fullScale: number
  readonly darkPixels: readonly number[]
  readonly integrationUs: { readonly min: number; readonly max: number; readonly step: number }
  /** Ascending polynomial of the detector's linearity (count 0..n), null where the device does not know it. */
  readonly linearity: readonly number[] | null
}

/** What a measurement should be taken with. Binning and gain are numbers the family defines; null leaves them as found. */
export interface AcquisitionSettings {
  readonly integrationUs: number
  readonly gain: number | null
  readonly binning: number | null
}

/** One setting three times: as requested, as rounded to what the instrument can do, as read back (null: cannot be read). */
export interface AppliedValue {
  readonly requested: number
  readonly rounded: number
  readonly readBack: number | null
}

export interface Applied {
  readonly integrationUs: AppliedValue
  readonly gain: AppliedValue | null
  readonly binning: AppliedValue | null
  /** Pixels of the frames from now on: binning may have changed them. */
  readonly pixels: number
}

/** One readout. `counts` has `Applied.pixels` values, raw and unscaled, so that saturation can be judged on them. */
export interface Frame {
  readonly counts: Float64Array
  readonly applied: Applied
  /** Monotonic milliseconds between which the exposure must have lain. */
  readonly exposureStartMs: number
  readonly exposureEndMs: number
  readonly temperatureC: number | null
}

/** Handed an open link; opens nothing itself. One call at a time. */
export interface Driver {
  /** Starts clean after a dirty stop: drains what a killed process left, then asks. */
  identify(): Promise<Identity>
  apply(settings: AcquisitionSettings): Promise<Applied>
  /** Sleeps out the exposure on the clock, then reads; rejects with ABORTED within 500 ms of the signal. */
  acquire(signal: AbortSignal): Promise<Frame>
  /** Leaves the instrument as found; may be called twice; never rejects for a port that is gone. */
  close(): Promise<void>
}

export interface DriverContext {
  readonly clock: Clock
  /** A bad frame: never data, always counted and told. `bytes` is how many were thrown away. */
  badFrame(cause: BadFrameCause, bytes: number): void
}

export type BadFrameCause = 'sync' | 'length' | 'checksum' | 'implausible'

/** What `drivers/<family>/driver.ts` exports, as `createDriver`. */
export type CreateDriver = (open: OpenLink, context: DriverContext) => Driver

/** What a codec makes of bytes. Each byte is in exactly one `bytes`, or still `held`. */
export type Decoded<Reply> =
  | { readonly kind: 'reply'; readonly bytes: number; readonly reply: Reply }
  | { readonly kind: 'refused'; readonly why: BadFrameCause; readonly bytes: number }

/**
 * What `drivers/<family>/codec.ts` exports as `createCodec`: pure, fed in any pieces. A reply that can only be read knowing the
 * question is told by `expect`; one question at a time. What comes unasked, or after a refusal, is refused as `sync`.
 */
export interface Codec<Request, Reply> {
  expect(request: Request): void
  push(part: Uint8Array): readonly Decoded<Reply>[]
  /** Gives up the question: how many bytes of its reply had come. */
  abandon(): number
  readonly held: number
}
