/** A seeded source of chance: the same seed gives the same numbers on every machine. */
export interface Random {
  /** Uniform in [0, 1). */
  uniform(): number
  /** Standard normal. */
  gaussian(): number
}

/** mulberry32 for uniforms (T. Ettinger, public domain), Marsaglia's polar method for normals (SIAM Review 6:260, 1964). */
export const seededRandom = (seed: number): Random => {
  let state = seed >>> 0
  let spare: number | null = null
  const uniform = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
  const gaussian = () => {
    if (spare !== null) {
      const kept = spare
      spare = null
      return kept
    }
    for (;;) {
      const u = 2 * uniform() - 1
      const v = 2 * uniform() - 1
      const s = u * u + v * v
      if (s === 0 || s >= 1) continue
      const scale = Math.sqrt((-2 * Math.log(s)) / s)
      spare = v * scale
      return u * scale
    }
  }
  return { uniform, gaussian }
}

/**
 * The deviates of `random`, `length` of them drawn once and then given round and round: for benchmarks, where drawing would cost more
 * than what is measured. A length that shares no factor with the pixels of a frame gives each pixel another one in every frame.
 */
export const deviateRing = (random: Random, length: number): Random => {
  const ring = Float64Array.from({ length }, () => random.gaussian())
  let next = 0
  return {
    uniform: random.uniform,
    gaussian: () => {
      if (next === length) next = 0
      return ring[next++] ?? 0
    },
  }
}
