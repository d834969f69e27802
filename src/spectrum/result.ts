import type { Flag } from './flags.js'

export type Verdict = 'accepted' | 'unknown' | 'rejected'

/** Why there is no answer: `foreign` (gate), `ambiguous` (several labels stand), or the flag that made the measurement unfit. */
export type Reason = 'foreign' | 'ambiguous' | Flag

/** What decision says of one spectrum. `label` and `value` are null unless accepted; `scores` and `set` stay, so that a person sees the doubt. */
export interface Answer {
  readonly verdict: Verdict
  readonly reason: Reason | null
  readonly task: 'class' | 'value' | null
  readonly label: string | null
  readonly confidence: number | null
  readonly set: readonly string[]
  readonly scores: Readonly<Record<string, number>>
  readonly value: number | null
  readonly unit: string | null
  readonly interval: readonly [number, number] | null
}

/** One answer as it goes over the wire (DESIGN section 8, schema result/1). Every key is always there, null means none. */
export interface Result extends Answer {
  readonly schema: 'result/1'
  /** ULID; the key by which a subscriber drops a message delivered twice. */
  readonly id: string
  readonly agent: string
  readonly instrument: string
  readonly seq: number
  readonly time: string
  readonly flags: readonly Flag[]
  readonly model: { readonly slot: string; readonly id: string; readonly version: string; readonly sha256: string } | null
  readonly acquisition: { readonly integrationUs: number; readonly averages: number; readonly axis: string; readonly temperatureC: number | null }
  readonly references: { readonly dark: string | null; readonly white: string | null }
  readonly timings: { readonly exposureMs: number; readonly prepareMs: number; readonly inferMs: number; readonly commitMs: number | null }
}
