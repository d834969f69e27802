import { z } from 'zod'

/** 64 lower-case hex digits. */
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, '64 hex digits of SHA-256')
const finite = z.number().refine(Number.isFinite, 'a finite number')
const semver = z.string().regex(/^\d+\.\d+\.\d+$/, 'a version like 1.0.0')

/** Channels of a bundle's own axis, and of everything that is as long as it. */
export const MAX_CHANNELS = 16_384

const axis = z.strictObject({
  kind: z.enum(['wavelength', 'wavenumber', 'raman-shift', 'pixel']),
  values: z.array(finite).min(2).max(MAX_CHANNELS),
})

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
})
export type GateSpec = z.output<typeof gateSchema>

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
  split: z.string(),
  seed: z.number().int(),
  /** What the spectra went through before training, in words and numbers. */
  counts: z.string(),
  figures: z.record(z.string(), figure),
})

/** `manifest.json` of a bundle (DESIGN section 7). This version judges classes; a bundle for another task is refused by name. */
export const manifestSchema = z.strictObject({
  format: z.literal(1),
  id: z.string().regex(/^[a-z0-9-]{1,64}$/, 'lower-case letters, digits and hyphens'),
  version: semver,
  title: z.string().max(200),
  task: z.literal('class'),
  outputs: z.strictObject({ labels: z.array(z.string().min(1).max(64)).min(2).max(1024) }),
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
  limits: z.strictObject({ confidence: z.number().gt(0).lt(1) }),
  gate: gateSchema.optional(),
  provenance: provenance.optional(),
  /**
   * SHA-256 of `manifest.json` itself with 64 zeros in place of this value, which is the last one: damage to any byte of the manifest shows,
   * as damage to graph and golden spectra shows by their hashes. It proves no origin; signatures do (DESIGN section 9).
   */
  seal: sha256,
})
export type Manifest = z.output<typeof manifestSchema>

/** What a trainer says; format, hashes and seal are added when the bundle is written. */
export type ManifestDraft = Omit<Manifest, 'format' | 'graph' | 'golden' | 'seal'>

/** One golden spectrum: at `input.quantity` on the bundle's own axis, null is a masked channel; and what must come out. */
export const goldenCaseSchema = z.strictObject({
  name: z.string(),
  values: z.array(finite.nullable()).max(MAX_CHANNELS),
  flags: z.array(z.string()),
  want: z.strictObject({
    verdict: z.enum(['accepted', 'unknown', 'rejected']),
    reason: z.string().nullable(),
    /** Label with the highest score; null where nothing was computed. */
    top: z.string().nullable(),
    /** Score of each label in the order of `outputs.labels`; empty where nothing was computed. */
    scores: z.array(finite),
  }),
})
export type GoldenCase = z.output<typeof goldenCaseSchema>

/** `golden.json`: at least 32 spectra, among them saturated, foreign and edge cases. */
export const goldenSchema = z.strictObject({ tolerance: z.number().gt(0).lt(0.1), cases: z.array(goldenCaseSchema).min(32).max(512) })
export type Golden = z.output<typeof goldenSchema>
