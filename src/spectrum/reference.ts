/** What a reference was measured of: nothing (shutter closed), or the white standard or empty light path. */
export type ReferenceKind = 'dark' | 'white'

/** A dark or white measurement as it is kept: with everything that decides whether it still holds (DESIGN section 5). */
export interface Reference {
  /** ULID; results name it. */
  readonly id: string
  readonly kind: ReferenceKind
  readonly instrument: string
  /** Axis id of the counts. */
  readonly axis: string
  readonly integrationUs: number
  readonly gain: number | null
  readonly binning: number | null
  readonly averages: number
  readonly temperatureC: number | null
  /** Mean raw counts, one per pixel. */
  readonly counts: Float64Array
  /** The dark that belongs to a white, at the exposure of the white; null for a dark. */
  readonly dark: { readonly id: string; readonly counts: Float64Array } | null
  /** Optical density (log10) of the filter a white was taken through; 0 without a filter, and for a dark. */
  readonly density: number
  /** RFC 3339 UTC with milliseconds. */
  readonly time: string
  /** Monotonic milliseconds within the boot `boot`, so that age does not hang on the wall clock. */
  readonly endMs: number
  readonly boot: string
  /** Whether the wall clock could be trusted when it was taken. */
  readonly clockTrusted: boolean
}
