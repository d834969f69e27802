import type { Dataset } from '../../datasets/folder.js'
import type { Step } from '../../preprocessing/contract.js'
import type { Axis } from '../../spectrum/axis.js'
import type { Net } from '../onnx/net.js'

/** A net that was trained elsewhere, and measured spectra like those that it was made for. */
export interface ImportTask {
  readonly net: Net
  readonly dataset: Dataset
  readonly task: 'class' | 'value'
  /** Class names in the order of the outputs; the value's name alone. */
  readonly labels: readonly string[]
  readonly unit: string
  /** What the net expects before it, from the quantity of the bundle on. */
  readonly chain: readonly Step[]
  /** Axis of the instrument; null: that of the data. */
  readonly axis: Axis | null
  /** Column of the truth, to calibrate on; null: nothing is calibrated. */
  readonly target: string | null
  readonly group: string | null
  readonly id: string
  readonly version: string
  readonly title: string
  readonly seed: number
}
