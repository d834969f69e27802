import { type Random, seededRandom } from '../../src/spectrum/random.js'
import { type Net, type NetSpec, randomNet } from '../../src/training/onnx/net.js'

/** Odd length, both pools, even and odd kernels, two hidden layers: what a graph writer can get wrong. */
export const trickySpec: NetSpec = {
  inputs: 37,
  convs: [
    { width: 5, channels: 4, pool: 2 },
    { width: 4, channels: 6, pool: 1 },
    { width: 3, channels: 5, pool: 2 },
  ],
  denses: [11, 7, 3],
}

/** The same, its rows shrinking by each kernel. */
export const shrinkingNet = (): Net =>
  randomNet({ ...trickySpec, convs: trickySpec.convs.map((conv) => ({ ...conv, padding: 'none' as const })) }, seededRandom(13))

export const trickyNet = (): Net => randomNet(trickySpec, seededRandom(11))

export const randomRows = (count: number, length: number, random: Random): readonly Float32Array[] =>
  Array.from({ length: count }, () => Float32Array.from({ length }, () => random.gaussian()))

/** Rows one behind the other, as an engine takes them. */
export const sideBySide = (rows: readonly Float32Array[]): Float32Array => Float32Array.from(rows.flatMap((row) => Array.from(row)))

/** The largest difference of two lists of the same length; NaN if any value is none. */
export const farthest = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  a.length === b.length ? Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] ?? Number.NaN))), 0) : Number.NaN
