import type { Choices } from '../../src/training/default-recipe.js'
import type { Context, Figure, Protocol } from './figure.js'
import { crossFigure } from './judged.js'
import { datasetOf, opened } from './material.js'

/** Sets without a figure of their own: no worse than what anyone would try first. Grouped where the set says what belongs together. */
const sets: readonly (readonly [name: string, choices: Partial<Choices>])[] = [
  ['cheese_scio', { group: 'sample' }],
  ['coffee_ftir', {}],
  ['grapes_visnir', {}],
  ['meat_ftir', { group: 'sample' }],
  ['pills_nirscan', { minCount: 5 }],
  ['raman_chlorinated', {}],
  ['raman_raspberry', {}],
  ['strawberry_ftir', {}],
]

export const others: Protocol = {
  name: 'others',
  data: sets.map(([name]) => name),
  minutes: 2,
  run: async (context) => {
    const figures: Figure[] = []
    for (const [i, [name, choices]] of sets.entries()) {
      const own: Context = { ...context, tell: (what, part) => context.tell(`${name}, ${what}`, (i + part) / sets.length) }
      const group = typeof choices.group === 'string' ? `groups = ${choices.group}` : 'single spectra'
      figures.push(
        await crossFigure({
          ...{
            context: own,
            opened: opened(datasetOf(context.root, name), choices),
            what: `${group}, 5-fold, not below the best simple one`,
            bar: null,
          },
          ...{ repeats: context.repeats ?? 5, folds: 5, beside: true },
        }),
      )
    }
    return figures
  },
}
