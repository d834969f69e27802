import { seededRandom } from '../../../src/spectrum/random.js'
import type { Figure } from '../../../src/training/contract.js'
import { confusionOf } from '../../../src/training/figures.js'
import type { DrawnSpectra, Report } from '../../../src/training/report.js'

const figure = (value: number, half: number | null = null): Figure => ({
  value,
  interval: half === null ? null : [Math.max(0, value - half), value + half],
})
const share = (value: number, half: number): Figure => ({ value, interval: [Math.max(0, value - half), Math.min(1, value + half)] })
const none = { count: 0, ids: [] }

const axis = Array.from({ length: 220 }, (_, i) => 900 + 3.6 * i)
const hump = (at: number, centre: number, width: number) => Math.exp(-(((at - centre) / width) ** 2))

const drawn = (labels: readonly string[], quantity: string, curve: (label: number, at: number) => number): DrawnSpectra => ({
  axisUnit: 'nm',
  quantity,
  axis,
  classes: labels.map((label, n) => {
    const mean = axis.map((at) => curve(n, at))
    const width = axis.map((at) => 0.03 + 0.05 * hump(at, 1200, 200))
    return { label, spectra: 40 + n, mean, low: mean.map((y, i) => y - (width[i] ?? 0)), high: mean.map((y, i) => y + 1.2 * (width[i] ?? 0)) }
  }),
})

const spectraOf = (labels: readonly string[]): Report['spectra'] => ({
  before: drawn(labels, 'absorbance', (n, at) => 0.4 + 0.02 * n + 0.3 * hump(at, 1000 + 60 * n, 60) + 0.4 * hump(at, 1450, 80)),
  after: drawn(labels, 'SNV, second derivative', (n, at) => Math.sin((at - 900) / (30 + 2 * n)) * hump(at, 1000 + 60 * n, 120)),
})

const shared = {
  schema: 'report/1' as const,
  stoppedEarly: false,
  data: {
    name: 'made-up',
    title: 'Made-up plastics',
    citation: 'A. Nobody, Journal of Invented Spectra 1 (2026) 1',
    licence: 'CC-BY-4.0',
    sha256: 'ab'.repeat(32),
    target: 'polymer',
    group: 'object',
    quantity: 'reflectance',
    axisUnit: 'nm',
    axisFrom: 900,
    axisTo: 1688.4,
    channels: 220,
  },
  split: {
    text: 'Five-fold cross-validation, repeated five times; all spectra of an object on one side.',
    basis: 'cross-validation' as const,
    repeats: 5,
    folds: 5,
    seed: 1,
    train: { spectra: 522, objects: 131 },
    test: null,
  },
  findings: [
    {
      code: 'few-objects',
      text: 'PVC has 9 objects: its figures are only known to about 20 points. 40 objects would bring that to 10.',
      ids: [],
      count: 9,
    },
    { code: 'duplicate-spectra', text: 'Two spectra are the same to the last digit.', ids: ['a-17', 'a-18'], count: 2 },
  ],
  leftOut: {
    unlabelled: { count: 3, ids: ['x-1', 'x-2', 'x-3'] },
    unknown: { count: 31, ids: Array.from({ length: 20 }, (_, i) => `u-${i}`) },
    rare: none,
    unfit: none,
    dropped: { count: 1, ids: ['d-9'] },
  },
  outliers: [{ id: 'o-12', reason: 'its residual is 5.2 robust standard deviations of Q' }],
  gate: { alpha: 0.01, components: 9, objects: 131, scalars: ['level', 'noise'], accepted: 0.987 },
  refused: [{ id: 'r-4', reason: 'foreign', why: 'what the components leave over is 3.1 times the limit' }],
  nominal: 0.95,
}

/** A report on classes, with a matrix, curves and figures that agree with each other well enough to look at. */
export const classReport = (labels: readonly string[] = ['ABS', 'PA', 'PE', 'PET', 'PP', 'PS', 'PVC']): Report => {
  const random = seededRandom(7)
  const truth = Array.from({ length: 522 }, (_, n) => n % labels.length)
  const answers = truth.map((label) => (random.uniform() < 0.955 ? label : (label + 1 + Math.floor(random.uniform() * 2)) % labels.length))
  return {
    ...shared,
    model: {
      id: 'plastics',
      version: '1.0.0',
      title: 'Polymers by near-infrared reflectance',
      task: 'class',
      labels,
      unit: null,
      quantity: 'reflectance',
      geometry: 'reflectance',
      chain: ['absorbance', 'Savitzky-Golay, second derivative, window 21', 'standard normal variate'],
      graph: 'linear (fp32)',
      graphBytes: 12_345,
      inputs: 220,
    },
    candidates: [
      { chain: 'emsc', family: 'pls', setting: '25 components', score: 0.955, spread: 0.007, repeats: 5, tied: true, won: false },
      { chain: 'sg2 → snv', family: 'pca-lda', setting: '21 components', score: 0.951, spread: 0.006, repeats: 5, tied: true, won: true },
      { chain: 'sg2 → snv', family: 'ridge', setting: 'lambda 0.01', score: 0.938, spread: 0.004, repeats: 5, tied: false, won: false },
      { chain: 'sg2 → snv', family: 'cnn', setting: '41 epochs', score: 0.913, spread: 0, repeats: 1, tied: false, won: false },
    ],
    winner: {
      text: 'PCA-LDA won: it is level with PLS behind emsc within 2 % and simpler. A linear model beat the convolutional network by 3.8 points.',
      chain: 'sg2 → snv',
      family: 'pca-lda',
      setting: '21 components',
      margins: [
        { family: 'pls', score: 0.955, winner: 0.951, margin: -0.004 },
        { family: 'ridge', score: 0.938, winner: 0.951, margin: 0.013 },
        { family: 'cnn', score: 0.913, winner: 0.951, margin: 0.038 },
      ],
    },
    figures: {
      accuracy: share(0.957, 0.02),
      'balanced-accuracy': share(0.951, 0.024),
      'macro-f1': share(0.949, 0.025),
      'accepted-share': share(0.893, 0.03),
      'accepted-accuracy': share(0.991, 0.006),
      coverage: share(0.954, 0.018),
      'set-size': figure(1.083, 0.03),
      'balanced-accuracy-procedure': share(0.944, 0.026),
    },
    perClass: labels.map((label, n) => ({
      label,
      objects: 19 - n,
      spectra: 75 - 2 * n,
      recall: share(0.98 - 0.02 * n, 0.05),
      precision: share(0.97 - 0.01 * n, 0.05),
      coverage: n === 6 ? share(0.85, 0.08) : share(0.95, 0.04),
      setSize: 1.02 + 0.06 * n,
      accepted: 0.9 - 0.01 * n,
    })),
    confusion: confusionOf(truth, answers, labels.length),
    predicted: [],
    reliability: [0.45, 0.62, 0.74, 0.86, 0.97].map((confidence, i) => ({
      low: 0.4 + 0.12 * i,
      high: 0.52 + 0.12 * i,
      count: [9, 14, 31, 80, 388][i] ?? 0,
      confidence,
      accuracy: confidence + ([-0.1, 0.03, -0.05, 0.04, 0.01][i] ?? 0),
    })),
    permutation: { model: 'PLS behind "snv"', figure: 0.951, shuffled: Array.from({ length: 20 }, () => 0.14 + 0.02 * random.gaussian()), p: 1 / 21 },
    spectra: spectraOf(labels),
  }
}

/** A report on a value, with `count` judged spectra. */
export const valueReport = (count = 155): Report => {
  const random = seededRandom(8)
  return {
    ...shared,
    ...{ perClass: [], confusion: [], reliability: [] },
    data: { ...shared.data, title: 'Made-up tablets', target: 'assay_mg', group: null },
    split: { ...shared.split, basis: 'test', test: { spectra: 460, objects: 460 } },
    model: { ...classReport().model, id: 'assay', title: 'Assay of tablets', task: 'value', labels: ['assay'], unit: 'mg', graph: 'network (int8)' },
    candidates: [
      { chain: 'snv', family: 'pls', setting: '7 components', score: 3.41, spread: 0.05, repeats: 5, tied: true, won: true },
      { chain: 'none', family: 'ridge', setting: 'lambda 0.001', score: 3.62, spread: 0.04, repeats: 5, tied: false, won: false },
    ],
    winner: {
      text: 'PLS won.',
      chain: 'snv',
      family: 'pls',
      setting: '7 components',
      margins: [{ family: 'ridge', score: 3.62, winner: 3.41, margin: 0.21 }],
    },
    figures: {
      rmsecv: figure(3.41, 0.3),
      rmsep: figure(3.34, 0.35),
      bias: { value: -0.21, interval: [-0.5, 0.08] },
      r2: figure(0.962, 0.011),
      'accepted-share': share(0.97, 0.02),
      'accepted-rmsep': figure(3.21, 0.3),
      coverage: share(0.948, 0.02),
      'interval-width': figure(13.1),
    },
    predicted: Array.from({ length: count }, (_, n) => {
      const truth = 150 + 90 * random.uniform()
      const predicted = truth + 3.3 * random.gaussian()
      return { id: `t-${n}`, truth, predicted, low: predicted - 6.5, high: predicted + 6.5 }
    }),
    permutation: { model: 'PLS behind "snv"', figure: 3.41, shuffled: Array.from({ length: 20 }, () => 18 + 0.6 * random.gaussian()), p: 1 / 21 },
    spectra: spectraOf(['all']),
  }
}
