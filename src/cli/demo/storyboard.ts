import { foreign, type Subject, type Subjects } from './subjects.js'

/** What stands before the probe at one exposure, and what it is meant to show. `flood` is light past everything. */
export type Moment = { readonly kind: 'sample'; readonly subject: Subject } | { readonly kind: 'flood'; readonly name: string }

/**
 * What the demo shows, exposure by exposure. Measured sets are replayed as they are; drawn tablets are mixed with moments at
 * which an honest instrument must not give an answer.
 */
export const storyboard = (subjects: Subjects, density: number): (() => Moment) => {
  const draw = (): Moment => ({ kind: 'sample', subject: subjects.next() })
  if (subjects.pass !== null) return draw
  const pixels = subjects.instrumentAxis.values.length
  const scenes: readonly (() => Moment)[] = [
    ...repeated(8, draw),
    ...repeated(2, () => ({ kind: 'sample', subject: foreign(subjects.next()) }) as const),
    ...repeated(4, draw),
    ...repeated(2, () => ({ kind: 'sample', subject: emptyHolder(pixels, density) }) as const),
    ...repeated(4, draw),
    ...repeated(2, () => ({ kind: 'flood', name: 'nothing in the way: too much light' }) as const),
    ...repeated(4, draw),
  ]
  let at = 0
  return () => {
    const scene = scenes[at % scenes.length] ?? draw
    at++
    return scene()
  }
}

/** Only the filter of the white is left in the light. */
const emptyHolder = (pixels: number, density: number): Subject => ({ name: 'an empty holder', ratio: new Float64Array(pixels).fill(10 ** -density) })

const repeated = <T>(times: number, thing: T): readonly T[] => Array.from({ length: times }, () => thing)
