import type { Axis } from './axis.js'
import type { Flag } from './flags.js'

/** The settings a spectrum was really taken with, as read back where the instrument can tell. */
export interface Acquisition {
  readonly integrationUs: number
  readonly gain: number | null
  readonly binning: number | null
  /** Frames averaged into one spectrum. */
  readonly averages: number
  readonly exposureMs: number
  readonly temperatureC: number | null
}

/** What acquisition hands on: raw counts (the mean of `averages` frames), numbered and dated here and never again. */
export interface Measurement {
  readonly instrument: string
  readonly seq: number
  /** End of exposure, RFC 3339 UTC with milliseconds. */
  readonly time: string
  /** Monotonic milliseconds of the end of exposure, for ages and timings. */
  readonly endMs: number
  readonly axis: Axis
  readonly counts: Float64Array
  /** 1 where at least one of the averaged frames reached full scale on that pixel. */
  readonly saturated: Uint8Array
  readonly acquisition: Acquisition
  readonly flags: readonly Flag[]
}
