import type { Sample } from '../../emulation/light-path.js'
import { foreign, type Subjects } from './subjects.js'

/** Many times the light of the bare lamp: every pixel is full at any exposure of the demo. */
const FLOOD = 1000

/**
 * What the demo shows, exposure by exposure. Measured sets are replayed as they are; drawn tablets are mixed with moments at
 * which an honest instrument must not give an answer.
 */
export const storyboard = (subjects: Subjects, density: number): (() => Sample) => {
  if (subjects.pass !== null) return subjects.next
  const even = (name: string, ratio: number): Sample => ({ name, ratio: new Float64Array(subjects.instrumentAxis.values.length).fill(ratio) })
  const scenes: readonly (() => Sample)[] = [
    ...repeated(8, subjects.next),
    ...repeated(2, () => foreign(subjects.next())),
    ...repeated(4, subjects.next),
    // Only the filter of the white is left in the light.
    ...repeated(2, () => even('an empty holder', 10 ** -density)),
    ...repeated(4, subjects.next),
    ...repeated(2, () => even('no tablet, no filter: too much light', FLOOD)),
    ...repeated(4, subjects.next),
  ]
  let at = 0
  return () => {
    const scene = scenes[at % scenes.length] ?? subjects.next
    at++
    return scene()
  }
}

const repeated = <T>(times: number, thing: T): readonly T[] => Array.from({ length: times }, () => thing)
