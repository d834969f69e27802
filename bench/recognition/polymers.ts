import { atLeast, type Protocol } from './figure.js'
import { crossFigure } from './judged.js'
import { datasetOf, opened } from './material.js'

/** Ten polymers of household waste, whole objects on one side. */
export const polymers: Protocol = {
  name: 'polymers',
  data: ['plastics_avantes'],
  minutes: 1,
  run: async (context) => [
    await crossFigure({
      context,
      opened: opened(datasetOf(context.root, 'plastics_avantes'), { group: 'object', minCount: 4 }),
      what: '10 polymers, groups = object, 5-fold',
      bar: atLeast(92),
      repeats: context.repeats ?? 5,
      folds: 5,
      beside: true,
    }),
  ],
}
