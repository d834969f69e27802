/** A loaded graph. `batch` holds `n` rows of `inputs` values; resolves to `n` rows of `outputs` values. One call at a time. */
export interface Engine {
  readonly inputs: number
  readonly outputs: number
  predict(batch: Float32Array, n: number): Promise<Float32Array>
  close(): Promise<void>
}
