import type { Scene } from '../../src/emulation/contract.js'

/** Light on every pixel, in counts per millisecond. */
export const SCENE_PER_MS = 60

/** What lies before every instrument on the fake bus. */
export const scene: Scene = { look: (pixels) => ({ name: 'even', perMs: new Float64Array(pixels).fill(SCENE_PER_MS) }) }
