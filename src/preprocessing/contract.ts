import type { Axis } from '../spectrum/axis.js'

/** One step of a chain as it stands in a bundle: the operation's name and its parameters. */
export interface Step {
  readonly op: string
  readonly [parameter: string]: unknown
}

/** Why a spectrum cannot go on: a NaN was left at the chain's end, or a result is undefined (flat spectrum, 0/0). */
export interface Unfit {
  readonly flag: 'masked' | 'degenerate'
  readonly why: string
}

/**
 * A chain built for one axis. Float64 throughout, NaN is the mask, nothing is allocated by `run` after the first call.
 * Not re-entrant: one chain serves one pipeline.
 */
export interface Chain {
  readonly input: Axis
  readonly output: Axis
  /** 1 for each input channel on which any output channel depends. */
  readonly uses: Uint8Array
  /** Output channels that this input axis cannot feed (outside its range). Not zero: the axis does not fit. */
  readonly uncovered: number
  /** What `{op: 'level'}` steps noted on the way, by name; overwritten by each run. */
  readonly scalars: Readonly<Record<string, number>>
  /** `input` has `input.values.length` values, `output` is filled with `output.values.length`; on a non-null return its content means nothing. */
  run(input: Float64Array, output: Float64Array): Unfit | null
}
