import { asFailure, Failure } from '../failures.js'
import type { Engine } from './engine.js'

/** Rows that go into one call of the engine at most: a call blocks the event loop, and at 16 it stays well under a millisecond. */
export const MAX_BATCH = 16
/** Rows that wait at most. Each pipeline has 16 spectra in flight, so this is 64 instruments on one model. */
export const MAX_WAITING = 1024

export interface Batcher {
  /**
   * The outputs for one row of `engine.inputs` values, in an array of its own. `row` must stay as it is until this resolves.
   * Calls resolve in the order in which they were made; null stands for a row that must not be computed, and keeps its place.
   * Rejects with what the engine failed with; INVARIANT for more than MAX_WAITING rows.
   */
  run(row: Float64Array | null): Promise<Float32Array | null>
  readonly waiting: number
}

interface Waiting {
  readonly row: Float64Array | null
  readonly resolve: (outputs: Float32Array | null) => void
  readonly reject: (failure: Failure) => void
}

/**
 * The one way to an engine that takes one call at a time: a row goes at once while it is idle; what comes meanwhile goes together into the next call.
 * Float64 becomes Float32 here, in one buffer that is filled only between calls.
 */
export const createBatcher = (engine: Engine): Batcher => {
  const { inputs, outputs } = engine
  const buffer = new Float32Array(MAX_BATCH * inputs)
  let queue: Waiting[] = []
  let busy = false

  const next = (): readonly Waiting[] => {
    if (queue.length <= MAX_BATCH) {
      const all = queue
      queue = []
      return all
    }
    return queue.splice(0, MAX_BATCH)
  }

  const pump = async (): Promise<void> => {
    busy = true
    while (queue.length > 0) {
      const batch = next()
      let n = 0
      for (const { row } of batch) if (row) buffer.set(row, n++ * inputs)
      try {
        const all = n > 0 ? await engine.predict(buffer.subarray(0, n * inputs), n) : buffer
        let at = 0
        for (const { row, resolve } of batch) resolve(row ? all.slice(at * outputs, ++at * outputs) : null)
      } catch (error) {
        const failure = asFailure(error, 'INVARIANT', 'inference')
        for (const { reject } of batch) reject(failure)
      }
    }
    busy = false
  }

  return {
    run: (row) =>
      new Promise((resolve, reject) => {
        if (row && row.length !== inputs)
          return reject(new Failure('INVARIANT', { where: 'inference', seen: `${row.length} values`, allowed: `${inputs}` }))
        if (queue.length >= MAX_WAITING)
          return reject(new Failure('INVARIANT', { where: 'inference', seen: `${queue.length} spectra waiting`, allowed: `${MAX_WAITING}` }))
        queue.push({ row, resolve, reject })
        if (!busy) void pump()
      }),
    get waiting() {
      return queue.length
    },
  }
}
