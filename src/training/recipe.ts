import { z } from 'zod'
import { cnnDefaults } from './cnn-task.js'
import { families } from './contract.js'

/** Principal components of a gate where the recipe does not say otherwise. */
export const MAX_GATE_COMPONENTS = 20

const { shape, ...cnnSchedule } = cnnDefaults
const cnnDefaultPlan = { ...cnnSchedule, epochs: null, patience: 40, convs: [...shape.convs], hidden: [...shape.hidden] }

const share = z.number().gt(0).lt(1)
const word = z.string().min(1).max(64)

/**
 * What is learnt. `labels`: the words of a column. `limits`: the ranges that two limits cut a number into: below, from the first to the
 * second, above. `value`: the number itself. `identity`: all spectra are one material; the model says whether another one is it too.
 */
const target = z.discriminatedUnion('kind', [
  /** Words that fewer spectra than `minCount` have are left out: too few to learn from and to judge on. */
  z.strictObject({ kind: z.literal('labels'), column: word, minCount: z.number().int().min(1).default(1) }),
  z.strictObject({
    kind: z.literal('limits'),
    column: word,
    unit: word,
    limits: z.tuple([z.number(), z.number()]).refine(([low, high]) => low < high, 'two rising numbers'),
    labels: z.tuple([word, word, word]),
  }),
  /** `limits`: two limits of the value that an accepted interval may not touch. */
  z.strictObject({
    kind: z.literal('value'),
    column: word,
    unit: z.string().max(32).default(''),
    limits: z
      .tuple([z.number(), z.number()])
      .refine(([low, high]) => low < high, 'two rising numbers')
      .nullable()
      .default(null),
  }),
  z.strictObject({ kind: z.literal('identity'), column: word.nullable().default(null), label: word }),
])
export type Target = z.output<typeof target>

/** A part that is held back from all choices and judges at the end: rows by their word in a column, or a share by chance. */
const split = z.union([z.strictObject({ column: word, train: z.array(word).min(1), test: z.array(word).min(1) }), z.strictObject({ share: share })])

/** Values of one evenly spaced grid. */
const MAX_GRID = 16_384

/** A grid written as its ends and its step, both ends included. */
const evenGrid = z
  .strictObject({ from: z.number(), to: z.number(), step: z.number().gt(0) })
  .refine(({ from, to, step }) => from < to && (to - from) / step < MAX_GRID, `a rising range of at most ${MAX_GRID} steps`)
  .transform(({ from, to, step }) => Array.from({ length: Math.floor((to - from) / step + 1e-9) + 1 }, (_, i) => from + i * step))

const step = z.looseObject({ op: z.string(), grid: z.union([evenGrid, z.array(z.number())]).optional() })

/** The way through an emulated instrument's counts (counts.ts); absent: spectra are taken as they are. */
const counts = z.strictObject({
  detector: z.literal('chromation'),
  integrationUs: z.number().int().min(1).max(600_000_000),
  density: z.number().min(0).max(6),
  averages: z.number().int().min(1).max(256),
  referenceAverages: z.number().int().min(1).max(256),
})

/**
 * What is changed at random in each training spectrum of a network. Half-widths, in absorbance (or as shares of the mean level where the
 * quantity is relative): an `offset`, a `slope` from end to end, a factor `gain`. `noise`: standard deviation added to each channel.
 * `shift`: half-width in channels. `mix`: share of spectra that are mixed with another one of their class (for values: of any value).
 */
const augment = z.strictObject({
  offset: z.number().min(0).max(2),
  slope: z.number().min(0).max(2),
  gain: z.number().min(0).max(0.5),
  noise: z.number().min(0).max(1).default(0),
  shift: z.number().min(0).max(8).default(0),
  mix: share.or(z.literal(0)).default(0),
})
export type Augment = z.output<typeof augment>

const cnn = z.strictObject({
  convs: z
    .array(
      z.strictObject({
        width: z.number().int().min(1).max(63),
        channels: z.number().int().min(1).max(256),
        pool: z.union([z.literal(1), z.literal(2)]),
      }),
    )
    .max(8),
  hidden: z.array(z.number().int().min(1).max(1024)).max(4),
  /** Null: so many that about 60,000 spectra are seen, from 50 to 200: a small set is looked at more often, a large one takes minutes. */
  epochs: z.number().int().min(1).max(2000).nullable().default(null),
  batch: z.number().int().min(1).max(1024),
  learningRate: z.number().gt(0).lt(1),
  dropout: z.number().min(0).lt(1),
  weightDecay: z.number().min(0).lt(1),
  /** Epochs without a better loss on the objects kept for early stopping before training ends. */
  patience: z.number().int().min(1).max(2000).default(40),
  /** Chains behind which it is tried: those that linear models rank best. */
  behind: z.number().int().min(1).max(8).default(1),
  /** `auto`: the native library of TF.js where it loads, else WebAssembly, whose numbers are the same on every machine. */
  backend: z.enum(['auto', 'wasm']).default('auto'),
})
export type CnnPlan = z.output<typeof cnn>

/** One way from the measured quantity to what models take. `reference: mean` of msc and emsc is learnt from the training spectra. */
const chain = z.strictObject({ name: word, steps: z.array(step).min(1).max(62) })
export type ChainPlan = z.output<typeof chain>

/** How a bundle is made from a data set: everything but the data, so that the same recipe and seed give the same bytes. */
export const recipeSchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]{1,64}$/, 'lower-case letters, digits and hyphens'),
  version: z.string().regex(/^\d+\.\d+\.\d+$/, 'a version like 1.0.0'),
  title: z.string().max(200),
  target,
  /** Column whose words keep spectra of one object, batch or day on one side of every split; null: each spectrum alone. */
  group: word.nullable().default(null),
  split: split.nullable().default(null),
  /** Spectra of one group and label stay as they are, or become one: their mean. */
  replicates: z.enum(['keep', 'average']).default('keep'),
  /** File with the axis of the instrument that will measure, one value a pixel, beside the recipe; null: the axis of the data. */
  axis: z.string().nullable().default(null),
  /** Null: the small grid for this kind of data (default-chains.ts). Per-channel centre and scale is added as the last step. */
  chains: z.array(chain).min(1).max(64).nullable().default(null),
  /** What is tried. `ship`: the best of all, or the best linear model (kernel Ridge is none), or the network whatever the others do. */
  models: z
    .array(z.enum([...families, 'cnn']))
    .min(1)
    .default([...families, 'cnn']),
  ship: z.enum(['best', 'linear', 'cnn']).default('best'),
  /** `balanced`: each class has the same weight, however many spectra it has. */
  priors: z.enum(['balanced', 'empirical']).default('balanced'),
  /** Nested cross-validation: so many times, each with so many folds. */
  repeats: z.number().int().min(1).max(50).default(5),
  folds: z.number().int().min(2).max(20).default(5),
  counts: counts.nullable().default(null),
  augment: augment.default({ offset: 0.05, slope: 0.05, gain: 0.02, noise: 0, shift: 0, mix: 0 }),
  /** Standard deviations smaller than this share of their mean are raised to it, so that channels without signal stay quiet. */
  scaleFloor: z.number().min(0).max(10).default(0.2),
  cnn: cnn.nullable().default(cnn.parse(cnnDefaultPlan)),
  /** Noise draws of each spectrum where it goes through counts: for all that is fitted but the network, and for the figures. */
  draws: z.strictObject({ train: z.number().int().min(1).max(64), judge: z.number().int().min(1).max(64) }).default({ train: 1, judge: 1 }),
  /** Most principal components; share of known objects that may be refused; widening of the ranges of scalars as a share of their width. */
  gate: z
    .strictObject({
      components: z.number().int().min(1).max(64).default(MAX_GATE_COMPONENTS),
      alpha: share.default(0.01),
      margin: z.number().min(0).max(10).default(0),
    })
    .prefault({}),
  /** Share of objects whose prediction set or interval holds the truth. */
  coverage: share.default(0.95),
  /** A single label must also reach this score; null: the prediction set alone decides. */
  confidence: share.nullable().default(null),
  /** How scans become one answer on the agent; null: each scan for itself. */
  decision: z
    .strictObject({ method: z.enum(['mean', 'vote']), scans: z.number().int().min(1).max(64), hysteresis: z.number().int().min(0).max(16) })
    .nullable()
    .default(null),
  population: z.strictObject({ components: z.number().int().min(1).max(64) }).default({ components: 8 }),
  /** Trainings with labels shuffled between objects, to see what chance alone would give; 0: none. */
  permutations: z.number().int().min(0).max(1000).default(20),
  /** Ids of spectra that are left out. */
  drop: z.array(z.string().min(1)).max(10_000).default([]),
  seed: z.number().int().min(0).max(0xffffffff).default(1),
})
export type Recipe = z.output<typeof recipeSchema>
