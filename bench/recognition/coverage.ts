import type { Dataset } from '../../src/datasets/folder.js'
import type { LoadedModel } from '../../src/models/open.js'
import { answerSet } from '../../src/training/evaluation/answers.js'
import { groupOf } from '../../src/training/examples.js'
import type { Recipe } from '../../src/training/recipe.js'
import { meanOf } from './judged.js'

/** Spectra that the gate lets pass: whether the set or interval of each holds the truth. `size`: mean labels in a set, or mean width of an interval. */
export interface Coverage {
  readonly spectra: readonly { readonly covered: boolean; readonly group: string }[]
  readonly size: number
}

/** Sets and intervals of a bundle on labelled spectra that it has not seen. */
export const coverageOf = async (model: LoadedModel, dataset: Dataset, { target, group }: Recipe): Promise<Coverage> => {
  const { answers } = await answerSet(model, dataset)
  const sizes: number[] = []
  const spectra = answers.flatMap(({ row, answer }) => {
    const cell = row.labels[target.column ?? ''] ?? ''
    if (cell === '' || answer.reason === 'foreign' || answer.verdict === 'rejected') return []
    const own = groupOf(row, group)
    if (target.kind === 'value') {
      if (answer.interval === null) return []
      const [low, high] = answer.interval
      sizes.push(high - low)
      return [{ covered: low <= Number(cell) && Number(cell) <= high, group: own }]
    }
    sizes.push(answer.set.length)
    return [{ covered: answer.set.includes(cell), group: own }]
  })
  return { spectra, size: sizes.length === 0 ? 0 : meanOf(sizes) }
}
