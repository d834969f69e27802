import { readFileSync } from 'node:fs'
import { writeBundle } from '../../src/models/bundle.js'
import { answerGolden, type GoldenQuestion } from '../../src/models/golden.js'
import type { Golden, GoldenCase, ManifestDraft } from '../../src/models/manifest.js'
import { buildChain } from '../../src/preprocessing/chain.js'
import { makeAxis } from '../../src/spectrum/axis.js'
import { seededRandom } from '../../src/spectrum/random.js'

/**
 * A model small enough to see through: three materials, each with one absorption band, at 1020, 1050 and 1080 nm on an axis of 12 channels;
 * the graph holds one weight for each of 8 channels and 3 labels (test/models/fixtures/make.py).
 */
export const labels = ['early', 'middle', 'late']
export const tinyAxis = makeAxis(
  'wavelength',
  Array.from({ length: 12 }, (_, i) => 995 + i * 10),
)
const grid = Array.from({ length: 8 }, (_, i) => 1010 + i * 12)

/** Transmittance of material 0, 1 or 2 (2.5 lies between two) at a band strength, with noise. */
export const transmittance = (material: number, noise = 0, seed = 1, axis = tinyAxis): number[] => {
  const random = seededRandom(seed)
  const centre = 1022 + material * 30
  return Array.from(axis.values, (nm) => 10 ** -(0.3 + 0.6 * Math.exp(-(((nm - centre) / 17) ** 2)) + noise * random.gaussian()))
}

export const chain: ManifestDraft['chain'] = [
  { op: 'absorbance', eps: 1e-6 },
  { op: 'resample', method: 'linear', grid },
  { op: 'level' },
  { op: 'snv', ddof: 1 },
  { op: 'center_scale', mean: grid.map(() => 0), scale: grid.map(() => 1) },
]

export const fixture = (name: string): Uint8Array => readFileSync(new URL(`../models/fixtures/${name}.onnx`, import.meta.url))

const prepare = (values: readonly number[]): number[] => {
  const built = buildChain(chain, tinyAxis)
  const output = new Float64Array(built.output.values.length)
  built.run(Float64Array.from(values), output)
  return [...output]
}

/** Mean and the plane through the three materials; limits by eye. */
export const tinyGate = (): NonNullable<ManifestDraft['gate']> => {
  const [a = [], b = [], c = []] = [0, 1, 2].map((material) => prepare(transmittance(material)))
  const mean = a.map((value, i) => (value + (b[i] ?? 0) + (c[i] ?? 0)) / 3)
  const dot = (x: readonly number[], y: readonly number[]) => x.reduce((sum, value, i) => sum + value * (y[i] ?? 0), 0)
  const unit = (x: readonly number[]) => x.map((value) => value / Math.sqrt(dot(x, x)))
  const first = unit(b.map((value, i) => value - (a[i] ?? 0)))
  const across = c.map((value, i) => value - (a[i] ?? 0))
  const second = unit(across.map((value, i) => value - dot(across, first) * (first[i] ?? 0)))
  return {
    method: 'out-of-fold',
    alpha: 0.01,
    objects: 60,
    k: 2,
    mean,
    loadings: [first, second],
    eigenvalues: [4, 4],
    scalars: { level: [0.2, 0.9] },
    limits: { t2: 6, q: 1.5 },
  }
}

export const draft = (changes: Partial<ManifestDraft> = {}): ManifestDraft => ({
  id: 'tiny',
  version: '1.0.0',
  title: 'Three made-up materials',
  task: 'class',
  outputs: { labels },
  input: { quantity: 'transmittance', geometry: 'transmittance', axis: { kind: 'wavelength', values: [...tinyAxis.values] } },
  chain,
  temperature: 0.8,
  limits: { confidence: 0.9 },
  gate: tinyGate(),
  ...changes,
})

/** Where the band lies as a number of "band": about 171, 200 and 230 for the three materials. Goes with the graph `moment`. */
export const valueChanges: Partial<ManifestDraft> = {
  task: 'value',
  outputs: { labels: ['band'], unit: 'au' },
  temperature: undefined,
  limits: { interval: [190, 210] },
  range: [150, 250],
  conformal: {
    ...{ method: 'absolute-residual', alpha: 0.1, unit: 'object', objects: 9, classes: {} },
    pooled: [0.1, 0.2, 0.3, 0.5, 0.8, 1, 1.5, 2, 4],
  },
}

/** Whether it is one of the three materials at all. Goes with the graph `constant`. */
export const identityChanges: Partial<ManifestDraft> = {
  task: 'identity',
  outputs: { labels: ['tiny'] },
  temperature: undefined,
  limits: {},
}

/** 33 spectra: each material ten times, and one saturated, one foreign (two bands nowhere else seen), one masked. */
export const questions = (): GoldenQuestion[] => [
  ...Array.from({ length: 30 }, (_, i) => ({ name: `${labels[i % 3]} ${i}`, values: transmittance(i % 3, 0.01, i), flags: [] })),
  { name: 'saturated', values: transmittance(0), flags: ['saturated'] },
  { name: 'foreign', values: Array.from(tinyAxis.values, (_, i) => (i % 2 === 0 ? 0.2 : 0.5)), flags: [] },
  { name: 'masked', values: transmittance(1).map((value, i) => (i === 5 ? null : value)), flags: [] },
]

export const goldenOf = async (manifest: ManifestDraft = draft(), graph = fixture('bumps')): Promise<Golden> => ({
  tolerance: 0.001,
  cases: await answerGolden(manifest, graph, questions()),
})

/** The bundle whole, its golden answers made by the code that checks them. */
export const tinyBundle = async (changes: Partial<ManifestDraft> = {}, graph = fixture('bumps')): Promise<Uint8Array> => {
  const manifest = draft(changes)
  return writeBundle({ manifest, graph, golden: await goldenOf(manifest, graph) })
}

/** Golden cases for tests that run nothing: the answers are made up. */
export const madeUpGolden = (): Golden => ({
  tolerance: 0.001,
  cases: questions().map(
    (question): GoldenCase => ({ ...question, want: { verdict: 'accepted', reason: null, top: 'early', scores: [0.98, 0.01, 0.01] } }),
  ),
})
