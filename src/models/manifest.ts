import { z } from 'zod'

/** 64 lower-case hex digits. */
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, '64 hex digits of SHA-256')
const finite = z.number().refine(Number.isFinite, 'a finite number')
const semver = z.string().regex(/^\d+\.\d+\.\d+$/, 'a version like 1.0.0')

/** Channels of a bundle's own axis, and of everything that is as long as it. */
export const MAX_CHANNELS = 16_384
/** Calibration scores in one list of `conformal`. */
export const MAX_CONFORMAL_SCORES = 65_536
/** Scans that one decision may rest on, and windows that hysteresis may wait beyond the first. */
export const MAX_SCANS = 64
export const MAX_HYSTERESIS = 16

const axis = z.strictObject({
  kind: z.enum(['wavelength', 'wavenumber', 'raman-shift', 'pixel']),
  values: z.array(finite).min(2).max(MAX_CHANNELS),
})

/** Mean and standard deviation of the logarithm of a distance, out of fold. */
const spread = z.strictObject({ mean: finite, sd: z.number().gt(0) })

/**
 * Q and T2 of a principal component model of the prepared spectra, and the mean absorbance level before it was normalised away.
 * Limits are out-of-fold quantiles at `alpha`, computed on what the chain gives (notes on gate limits: Jackson-Mudholkar fails for wide data).
 */
export const gateSchema = z.strictObject({
  method: z.literal('out-of-fold'),
  alpha: z.number().gt(0).lt(1),
  objects: z.number().int().min(2),
  k: z.number().int().min(1).max(64),
  mean: z.array(finite).max(MAX_CHANNELS),
  /** k rows, orthonormal. */
  loadings: z.array(z.array(finite).max(MAX_CHANNELS)).min(1).max(64),
  /** Variances of the k scores, divisor n-1. */
  eigenvalues: z.array(z.number().gt(0)).min(1).max(64),
  /** For each scalar that the chain notes: the range [lowest, highest] inside which a spectrum is known. */
  scalars: z.record(z.string(), z.tuple([finite, finite])),
  limits: z.strictObject({ t2: z.number().gt(0), q: z.number().gt(0) }),
  /** ln T2 and ln Q of the known, out of fold: what the stream of an agent is held against (inference/drift.ts). */
  drift: z.strictObject({ t2: spread, q: spread }).optional(),
})
export type GateSpec = z.output<typeof gateSchema>

const ascending = z.array(z.number().min(0).refine(Number.isFinite, 'a finite number')).max(MAX_CONFORMAL_SCORES)

/**
 * Calibration scores of split conformal prediction, out of fold, of gate-accepted spectra, by the graph that ships. `lac` (Sadinle, Lei, Wasserman,
 * JASA 114:223, 2019): 1 - calibrated score of the true label. `absolute-residual`: |y - prediction| in the unit of the value.
 */
export const conformalSchema = z.strictObject({
  method: z.enum(['lac', 'absolute-residual']),
  alpha: z.number().gt(0).lt(1),
  /** What one score stands for: one physical object, or each spectrum. */
  unit: z.enum(['object', 'spectrum']),
  /** Objects behind `pooled`; with the unit `object` as many as it has scores. */
  objects: z.number().int().min(0),
  /** Scores of all classes together, ascending. */
  pooled: ascending,
  /** By label, ascending: of the labels with `CLASSWISE_OBJECTS` or more. All others are judged by `pooled`. */
  classes: z.record(z.string(), ascending),
  /** The graph that gave the scores. A draft leaves it out: `writeBundle` fills it in. One that names another graph is refused. */
  graphSha256: sha256,
})
export type ConformalSpec = z.output<typeof conformalSchema>

const figure = z.strictObject({ value: finite, interval: z.tuple([finite, finite]).nullable() })

const provenance = z.strictObject({
  data: z.string(),
  /** SHA-256 of the spectra file that the model was trained from. */
  dataSha256: sha256,
  citation: z.string(),
  licence: z.string(),
  target: z.string(),
  /** How values of the target column became labels, in words. */
  classes: z.string(),
  /** Where labels are ranges of a number in the target column: below the first, from there to the second (both included), above. */
  limits: z.tuple([finite, finite]).optional(),
  split: z.string(),
  seed: z.number().int(),
  /** What the spectra went through before training, in words and numbers. */
  counts: z.string(),
  figures: z.record(z.string(), figure),
  /** What kept spectra of one object on one side of every split, in words. */
  groups: z.string().optional(),
  /** Which candidate won, and by how much, in words. */
  winner: z.string().optional(),
  /** The same figure of the best linear model beside. */
  linear: figure.optional(),
  /** What a person should know before trusting it, one sentence each. */
  findings: z.array(z.string()).max(256).optional(),
})

/**
 * `manifest.json` of a bundle (DESIGN section 7). Tasks: `class` names one of several materials, `value` gives a number in a unit, `identity` says
 * whether it is the one material it knows (the gate alone decides; the graph gives one constant). What belongs to which is in decision-rules.ts.
 */
export const manifestSchema = z.strictObject({
  format: z.literal(1),
  id: z.string().regex(/^[a-z0-9-]{1,64}$/, 'lower-case letters, digits and hyphens'),
  version: semver,
  title: z.string().max(200),
  task: z.enum(['class', 'value', 'identity']),
  /** One label for each output of the graph; a value has its name as the only one, and a unit (empty: a plain number). */
  outputs: z.strictObject({ labels: z.array(z.string().min(1).max(64)).min(1).max(1024), unit: z.string().max(32).optional() }),
  input: z.strictObject({
    quantity: z.enum(['transmittance', 'reflectance', 'counts-per-ms']),
    geometry: z.enum(['transmittance', 'reflectance', 'emission-or-scattering']),
    axis,
  }),
  chain: z
    .array(z.looseObject({ op: z.string() }))
    .min(1)
    .max(64),
  graph: z.strictObject({ engine: z.literal('onnx'), file: z.literal('model.onnx'), sha256 }),
  golden: z.strictObject({ file: z.literal('golden.json'), sha256 }),
  temperature: z.number().gt(0).optional(),
  limits: z.strictObject({
    /** Score that the only label left must reach. */
    confidence: z.number().gt(0).lt(1).optional(),
    /** Two limits of the value, ascending: an answer whose interval reaches one of them is ambiguous. */
    interval: z.tuple([finite, finite]).optional(),
    /** Share of answers that may differ from the model that ran before, during an update. */
    disagreement: z.number().gt(0).max(1).optional(),
  }),
  gate: gateSchema.optional(),
  conformal: conformalSchema.optional(),
  /** Lowest and highest value that was trained on. */
  range: z.tuple([finite, finite]).optional(),
  /** How scans become one answer (inference/scans.ts); absent: each scan for itself. */
  decision: z
    .strictObject({
      method: z.enum(['mean', 'vote']),
      scans: z.number().int().min(1).max(MAX_SCANS),
      hysteresis: z.number().int().min(0).max(MAX_HYSTERESIS),
    })
    .optional(),
  /** Share of each label that the training assumed, in the order of the labels. For a person: nothing is computed from it. */
  priors: z.array(z.number().gt(0).max(1)).optional(),
  /** Families of instruments that it is meant for; absent or empty: any. Looked at before an install. */
  families: z
    .array(z.string().regex(/^[a-z0-9-]{1,64}$/, 'lower-case letters, digits and hyphens'))
    .max(64)
    .optional(),
  /** The oldest agent that can use it. Looked at before an install. */
  minAgent: semver.optional(),
  provenance: provenance.optional(),
  /**
   * SHA-256 of `manifest.json` itself with 64 zeros in place of this value, which is the last one: damage to any byte of the manifest shows,
   * as damage to graph and golden spectra shows by their hashes. It proves no origin; signatures do (DESIGN section 9).
   */
  seal: sha256,
})
export type Manifest = z.output<typeof manifestSchema>

/** What a trainer says; format, hashes and seal are added when the bundle is written. */
export type ManifestDraft = Omit<Manifest, 'format' | 'graph' | 'golden' | 'seal' | 'conformal'> & {
  readonly conformal?: ConformalDraft | undefined
}
export type ConformalDraft = Omit<ConformalSpec, 'graphSha256'> & Partial<Pick<ConformalSpec, 'graphSha256'>>

/** One golden spectrum: at `input.quantity` on the bundle's own axis, null is a masked channel; and what must come out. */
export const goldenCaseSchema = z.strictObject({
  name: z.string(),
  values: z.array(finite.nullable()).max(MAX_CHANNELS),
  flags: z.array(z.string()),
  want: z.strictObject({
    verdict: z.enum(['accepted', 'unknown', 'rejected']),
    reason: z.string().nullable(),
    /** Label with the highest score; null where nothing was computed, and for a value. */
    top: z.string().nullable(),
    /** Score of each label in the order of `outputs.labels`; empty where nothing was computed, and for a value. */
    scores: z.array(finite),
    /** Of a value model, whatever the verdict; null or absent where nothing was computed, and for the other tasks. */
    value: finite.nullable().optional(),
  }),
})
export type GoldenCase = z.output<typeof goldenCaseSchema>

/** `golden.json`: at least 32 spectra, among them saturated, foreign and edge cases. */
export const goldenSchema = z.strictObject({ tolerance: z.number().gt(0).lt(0.1), cases: z.array(goldenCaseSchema).min(32).max(512) })
export type Golden = z.output<typeof goldenSchema>
