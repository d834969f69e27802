import { isNode, LineCounter, parseDocument } from 'yaml'
import { z } from 'zod'
import { Failure } from '../failures.js'

const share = z.number().gt(0).lt(1)
const word = z.string().min(1).max(64)

/** Classes are the words of a column, or the ranges that two limits cut a number into: below, from the first to the second, above. */
const target = z.discriminatedUnion('kind', [
  /** Words that fewer objects than `minCount` have are left out: too few to learn from and to judge on. */
  z.strictObject({ kind: z.literal('labels'), column: word, minCount: z.number().int().min(1).default(5) }),
  z.strictObject({
    kind: z.literal('limits'),
    column: word,
    unit: word,
    limits: z.tuple([z.number(), z.number()]).refine(([low, high]) => low < high, 'two rising numbers'),
    labels: z.tuple([word, word, word]),
  }),
])
export type Target = z.output<typeof target>

const split = z.union([
  z.strictObject({ column: word, train: z.array(word).min(1), test: z.array(word).min(1) }),
  z.strictObject({ share: share, group: word.nullable() }),
])

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

/** Half-widths of what is changed at random in each training spectrum, in absorbance: an offset, a slope from end to end, and a factor. */
const augment = z.strictObject({ offset: z.number().min(0).max(2), slope: z.number().min(0).max(2), gain: z.number().min(0).max(0.5) })

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
  epochs: z.number().int().min(1).max(2000),
  batch: z.number().int().min(1).max(1024),
  learningRate: z.number().gt(0).lt(1),
  dropout: z.number().min(0).lt(1),
  weightDecay: z.number().min(0).lt(1),
})

/** How a bundle is made from a data set: everything but the data, so that the same recipe and seed give the same bytes. */
export const recipeSchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]{1,64}$/, 'lower-case letters, digits and hyphens'),
  version: z.string().regex(/^\d+\.\d+\.\d+$/, 'a version like 1.0.0'),
  title: z.string().max(200),
  target,
  split,
  /** File with the axis of the instrument that will measure, one value a pixel, beside the recipe; null: the axis of the data. */
  axis: z.string().nullable().default(null),
  quantity: z.enum(['transmittance', 'reflectance']),
  /** All steps but the last: per-channel centre and scale is computed from the training spectra and added. A `grid` may be {from, to, step}. */
  chain: z.array(step).min(1).max(63),
  counts: counts.nullable().default(null),
  augment: augment.default({ offset: 0, slope: 0, gain: 0 }),
  /** Standard deviations smaller than this share of their mean are raised to it, so that channels without signal stay quiet. */
  scaleFloor: z.number().min(0).max(10).default(0.2),
  cnn,
  /** Folds of the cross-fit that gives held-out answers for the temperature and the figures by cross-validation. */
  folds: z.number().int().min(2).max(20),
  /** Noise draws of each spectrum: for the linear model, the gate and the ranges of the quantizer; and for the figures. */
  draws: z.strictObject({ train: z.number().int().min(1).max(64), judge: z.number().int().min(1).max(64) }),
  pls: z.strictObject({ components: z.number().int().min(1).max(64) }),
  gate: z.strictObject({ components: z.number().int().min(1).max(64), alpha: share, margin: z.number().min(0).max(10) }),
  confidence: share,
  population: z.strictObject({ components: z.number().int().min(1).max(64) }),
  seed: z.number().int().min(0).max(0xffffffff),
})
export type Recipe = z.output<typeof recipeSchema>

/** Bytes of a recipe. */
export const MAX_RECIPE_BYTES = 1 << 20

/**
 * A recipe from YAML text.
 * @throws Failure CONFIG_INVALID naming line and key, what was seen and what is allowed.
 */
export const parseRecipe = (text: string, file: string): Recipe => {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const [broken] = document.errors
  if (broken) throw new Failure('CONFIG_INVALID', { where: `${file}:${lines.linePos(broken.pos[0]).line}`, seen: broken.message, allowed: 'YAML' })
  const parsed = recipeSchema.safeParse(document.toJS() ?? {})
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const path = issue?.path ?? []
  const node = path.length === 0 ? null : document.getIn(path, true)
  const line = isNode(node) && node.range ? `:${lines.linePos(node.range[0]).line}` : ''
  throw new Failure('CONFIG_INVALID', {
    where: `${file}${line}, key "${path.join('.')}"`,
    seen: issue?.message ?? 'something else',
    allowed: 'a recipe as models/tablet-dose/recipe.yaml shows it',
  })
}
