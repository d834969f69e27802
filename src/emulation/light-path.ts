import { Failure } from '../failures.js'
import { lampPerMs } from '../spectrum/detector.js'
import type { Look, Scene } from './contract.js'

/** A sample in the light path. `ratio`: the share of the bare lamp's light that each pixel still gets; 1 is bare white. */
export interface Sample {
  readonly name: string
  readonly ratio: Float64Array
}

/** What can stand between lamp and probe: nothing but the shutter, the white behind a filter of optical density (log10), a sample, or too much light. */
export type InLight =
  | { readonly kind: 'dark' }
  | { readonly kind: 'white'; readonly density: number }
  | ({ readonly kind: 'sample' } & Sample)
  | { readonly kind: 'flood' }

export interface LightPath extends Scene {
  /** What every exposure sees from now on; ends a replay. @throws Failure DATA_INVALID for light that cannot be. */
  show(what: InLight): void
  /** Takes the next sample before each exposure, so that every capture sees a new one, until `show`. A bad sample throws at the exposure. */
  replay(source: () => Sample): void
}

/** Counts per millisecond of `flood`: the shortest exposure of any family (10 us) still saturates 16 bit twenty times over. */
const FLOOD_PER_MS = 131_000_000
/** Lamps kept, one for each number of pixels that was asked for. */
const MAX_LAMPS = 8

/** A lamp (`lampPerMs`) and what stands in its way; dark at first. */
export const createLightPath = (): LightPath => {
  const lamps = new Map<number, Float64Array>()
  let next: (pixels: number) => Look = looker({ kind: 'dark' }, (pixels) => lamp(pixels))

  const lamp = (pixels: number): Float64Array => {
    const known = lamps.get(pixels)
    if (known) return known
    if (lamps.size === MAX_LAMPS) lamps.clear()
    const made = lampPerMs(pixels)
    lamps.set(pixels, made)
    return made
  }

  return {
    look: (pixels) => next(pixels),
    show(what) {
      check(what)
      next = looker(what, lamp)
    },
    replay(source) {
      next = (pixels) => {
        const what = { kind: 'sample', ...source() } as const
        check(what)
        return looker(what, lamp)(pixels)
      }
    },
  }
}

/** One thing in the light path, computed once for the number of pixels that looks at it. */
const looker = (what: InLight, lamp: (pixels: number) => Float64Array): ((pixels: number) => Look) => {
  let kept: Look | null = null
  const name = what.kind === 'sample' ? what.name : what.kind
  return (pixels) => {
    if (kept?.perMs.length !== pixels) kept = { name, perMs: through(what, lamp(pixels)) }
    return kept
  }
}

const through = (what: InLight, lamp: Float64Array): Float64Array => {
  switch (what.kind) {
    case 'dark':
      return new Float64Array(lamp.length)
    case 'flood':
      return new Float64Array(lamp.length).fill(FLOOD_PER_MS)
    case 'white': {
      const share = 10 ** -what.density
      return lamp.map((perMs) => perMs * share)
    }
    case 'sample':
      return lamp.map((perMs, pixel) => perMs * ratioAt(what.ratio, ((pixel + 0.5) / lamp.length) * what.ratio.length - 0.5))
  }
}

/** Linear between the middles of neighbouring pixels; beyond the outermost middles their own value. */
const ratioAt = (ratio: Float64Array, position: number): number => {
  const below = Math.min(ratio.length - 1, Math.max(0, Math.floor(position)))
  const above = Math.min(ratio.length - 1, Math.max(0, Math.ceil(position)))
  const [low = 0, high = 0] = [ratio[below], ratio[above]]
  return below === above ? low : low + (high - low) * (position - below)
}

const check = (what: InLight): void => {
  if (what.kind === 'white' && !(what.density >= 0 && Number.isFinite(what.density)))
    throw new Failure('DATA_INVALID', { where: 'white', seen: `density ${what.density}`, allowed: '0 or more' })
  if (what.kind !== 'sample') return
  const wrong = what.ratio.findIndex((value) => !(value >= 0 && Number.isFinite(value)))
  if (what.ratio.length === 0) throw new Failure('DATA_INVALID', { where: `sample ${what.name}`, seen: 'no pixel', allowed: 'at least 1' })
  if (wrong >= 0)
    throw new Failure('DATA_INVALID', { where: `sample ${what.name}`, seen: `${what.ratio[wrong]} at pixel ${wrong}`, allowed: '0 or more' })
}
