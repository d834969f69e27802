import { z } from 'zod'
import { Failure } from '../../failures.js'
import type { Layer } from './layers-model.js'

const size = z.number().int().min(1)
const activation = z.enum(['linear', 'relu', 'softmax'])
const channelsLast = z.literal('channelsLast').optional()
const padding = z.enum(['valid', 'same'])

/** A size along one axis: [7], or [1, 7] or [7, 1] where the other is the height of 1. `axis` is null where all are 1. */
const along = z
  .array(size)
  .min(1)
  .max(2)
  .or(size.transform((one) => [one]))
  .refine((sizes) => sizes.filter((one) => one !== 1).length <= 1)
  .transform((sizes) => {
    const axis = sizes.findIndex((one) => one !== 1)
    return { size: sizes[axis] ?? 1, axis: axis < 0 || sizes.length === 1 ? null : axis }
  })
const ones = along.refine((one) => one.size === 1)
const two = along.refine((one) => one.size === 2)

const conv = { kernelSize: along, filters: size, strides: ones, dilationRate: ones.nullish(), padding, dataFormat: channelsLast, activation }
const pool = { poolSize: two, strides: two, padding, dataFormat: channelsLast }

/** The settings that are looked at, by the class of the layer, and what of them is allowed. */
const known = z.discriminatedUnion('kind', [
  z.looseObject({ kind: z.literal('Dense'), units: size, activation }),
  z.looseObject({ kind: z.literal(['Conv1D', 'Conv2D']), ...conv }),
  z.looseObject({ kind: z.literal(['MaxPooling1D', 'MaxPooling2D']), ...pool }),
  z.looseObject({
    kind: z.literal('BatchNormalization'),
    axis: z.number().int(),
    epsilon: z.number().gt(0),
    center: z.boolean(),
    scale: z.boolean(),
  }),
  z.looseObject({ kind: z.literal('Activation'), activation }),
  z.looseObject({ kind: z.literal('ReLU'), maxValue: z.null().optional() }),
  z.looseObject({ kind: z.literal('Softmax') }),
  z.looseObject({ kind: z.literal('Flatten'), dataFormat: channelsLast }),
  z.looseObject({ kind: z.literal('Reshape'), targetShape: z.array(z.number()) }),
])
export type Known = z.output<typeof known>

const kinds = [
  'Dense',
  'Conv1D',
  'Conv2D',
  'MaxPooling1D',
  'MaxPooling2D',
  'BatchNormalization',
  'Activation',
  'ReLU',
  'Softmax',
  'Flatten',
  'Reshape',
]
/** Layers that do nothing once a model is trained. */
const forTraining = ['Dropout', 'SpatialDropout1D', 'GaussianNoise', 'GaussianDropout', 'AlphaDropout']

/**
 * The settings of a layer, checked; null for one that does nothing outside of training.
 * @throws Failure DATA_INVALID naming the layer, the setting and what is allowed.
 */
export const settingsOf = ({ name, kind, config }: Layer): Known | null => {
  if (forTraining.includes(kind)) return null
  if (!kinds.includes(kind))
    throw new Failure('DATA_INVALID', {
      where: `layer "${name}"`,
      seen: kind,
      allowed: [...kinds, ...forTraining].join(', '),
      cure: 'train it again with these layers, or train with `spectro2mqtt train`',
    })
  const outcome = known.safeParse({ ...config, kind })
  if (outcome.success) return outcome.data
  const key = String(outcome.error.issues[0]?.path[0] ?? '')
  throw new Failure('DATA_INVALID', {
    where: `layer "${name}", ${kind}, ${key}`,
    seen: JSON.stringify(config[key]) ?? 'nothing',
    allowed: allowed[key] ?? 'as TF.js writes it',
  })
}

const allowed: Readonly<Record<string, string>> = {
  activation: 'relu between layers, linear or softmax behind the last',
  kernelSize: 'a kernel along one axis',
  strides: '1 of a convolution, 2 of a pool',
  poolSize: '2',
  padding: 'valid or same',
  dataFormat: 'channelsLast',
  dilationRate: '1',
  maxValue: 'none',
}
