/** A row-major matrix inside an array: row i starts at `start + i * stride`. */
export interface Block {
  readonly values: Float64Array
  readonly start: number
  readonly stride: number
  readonly rows: number
}

/** All of an array as a matrix with rows of `width`. */
export const blockOf = (values: Float64Array, width: number): Block => ({
  values,
  start: 0,
  stride: width,
  rows: width === 0 ? 0 : values.length / width,
})

/**
 * out[i][j] += factor * sum over k < `inner` of a[i][k] * b[j][k]: the one product that all fits spend their time in. Eight sums at once
 * stay in registers, so that each number loaded is used twice or four times (Goto and van de Geijn, ACM TOMS 34:12, 2008).
 * `lower` leaves out what lies wholly above the diagonal of `out` (in groups of four rows and two columns; the rest there is undefined).
 */
export const addProducts = (out: Block, a: Block, b: Block, inner: number, factor: number, lower = false): void => {
  const fours = a.rows - (a.rows % 4)
  const pairs = b.rows - (b.rows % 2)
  for (let i = 0; i < fours; i += 4) {
    const last = lower ? Math.min(pairs, i + 4) : pairs
    for (let j = 0; j < last; j += 2) addFourByTwo(out, a, b, inner, factor, i, j)
    if (pairs < b.rows && (!lower || pairs < i + 4)) for (let r = i; r < i + 4; r++) addOne(out, a, b, inner, factor, r, pairs)
  }
  for (let i = fours; i < a.rows; i++) {
    const last = lower ? Math.min(b.rows, i + 1) : b.rows
    for (let j = 0; j < last; j++) addOne(out, a, b, inner, factor, i, j)
  }
}

const addFourByTwo = (out: Block, a: Block, b: Block, inner: number, factor: number, i: number, j: number): void => {
  const x = a.values
  const y = b.values
  let a0 = a.start + i * a.stride
  let a1 = a0 + a.stride
  let a2 = a1 + a.stride
  let a3 = a2 + a.stride
  let b0 = b.start + j * b.stride
  let b1 = b0 + b.stride
  let s00 = 0
  let s01 = 0
  let s10 = 0
  let s11 = 0
  let s20 = 0
  let s21 = 0
  let s30 = 0
  let s31 = 0
  for (const end = a0 + inner; a0 < end; a0++) {
    const y0 = y[b0++] ?? 0
    const y1 = y[b1++] ?? 0
    const x0 = x[a0] ?? 0
    s00 += x0 * y0
    s01 += x0 * y1
    const x1 = x[a1++] ?? 0
    s10 += x1 * y0
    s11 += x1 * y1
    const x2 = x[a2++] ?? 0
    s20 += x2 * y0
    s21 += x2 * y1
    const x3 = x[a3++] ?? 0
    s30 += x3 * y0
    s31 += x3 * y1
  }
  let at = out.start + i * out.stride + j
  add(out.values, at, factor * s00, factor * s01)
  at += out.stride
  add(out.values, at, factor * s10, factor * s11)
  at += out.stride
  add(out.values, at, factor * s20, factor * s21)
  at += out.stride
  add(out.values, at, factor * s30, factor * s31)
}

const add = (values: Float64Array, at: number, first: number, second: number): void => {
  values[at] = (values[at] ?? 0) + first
  values[at + 1] = (values[at + 1] ?? 0) + second
}

const addOne = (out: Block, a: Block, b: Block, inner: number, factor: number, i: number, j: number): void => {
  const at = out.start + i * out.stride + j
  const product = dotAt(a.values, a.start + i * a.stride, b.values, b.start + j * b.stride, inner)
  out.values[at] = (out.values[at] ?? 0) + factor * product
}

/** Sum of `count` products, from the two places on. */
export const dotAt = (a: Float64Array, fromA: number, b: Float64Array, fromB: number, count: number): number => {
  let even = 0
  let odd = 0
  const paired = count - (count % 2)
  for (let k = 0; k < paired; k += 2) {
    even += (a[fromA + k] ?? 0) * (b[fromB + k] ?? 0)
    odd += (a[fromA + k + 1] ?? 0) * (b[fromB + k + 1] ?? 0)
  }
  return paired < count ? even + odd + (a[fromA + paired] ?? 0) * (b[fromB + paired] ?? 0) : even + odd
}

/** target[k] += factor * source[k] for `count` numbers, from the two places on. */
export const addScaledAt = (target: Float64Array, to: number, source: Float64Array, from: number, count: number, factor: number): void => {
  for (let k = 0; k < count; k++) target[to + k] = (target[to + k] ?? 0) + factor * (source[from + k] ?? 0)
}

/** matrix x vector, `matrix` square with rows as long as `vector`. */
export const timesVector = (matrix: Float64Array, vector: Float64Array): Float64Array => {
  const out = new Float64Array(vector.length)
  addProducts(blockOf(out, 1), blockOf(matrix, vector.length), { values: vector, start: 0, stride: vector.length, rows: 1 }, vector.length, 1)
  return out
}

/** Copies the lower triangle of a square matrix over the upper one. */
export const mirrorLower = (matrix: Float64Array, size: number): void => {
  for (let i = 0; i < size; i++) for (let j = i + 1; j < size; j++) matrix[i * size + j] = matrix[j * size + i] ?? 0
}
