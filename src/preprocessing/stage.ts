import type { Axis } from '../spectrum/axis.js'
import type { Unfit } from './contract.js'
import type { LinearMap } from './linear-map.js'

/** Input channels `[from, to)` on which one output channel depends. */
export type Reach = (output: number) => readonly [from: number, to: number]

/** A step that is a fixed affine map of the channels: neighbours of this kind fold into one. */
export interface LinearStage {
  readonly kind: 'linear'
  readonly output: Axis
  readonly map: LinearMap
}

/** A step that must look at the spectrum itself. */
export interface FreeStage {
  readonly kind: 'free'
  readonly output: Axis
  /** What an output channel depends on: its own channel, every channel, or a stretch of them. */
  readonly depends: 'own' | 'all' | Reach
  /** Output channels that can never hold a number on this axis; absent: none beyond those whose input is such a channel. */
  readonly never?: Uint8Array
  /** Name under which this step notes a scalar by `note`; absent for all steps but `level`. */
  readonly notes?: string
  /**
   * Fills `output` from `input` (never the same array) without allocating. NaN in, NaN out, as the operation's own rule says.
   * Non-null: nothing can be computed from this spectrum, and `output` means nothing.
   */
  run(input: Float64Array, output: Float64Array, note: (name: string, value: number) => void): Unfit | null
}

/** One step of a chain, bound to the axis it stands on. */
export type Stage = LinearStage | FreeStage
