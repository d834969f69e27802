import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Dataset, readDataset } from '../../datasets/folder.js'
import { drawPopulation, parsePopulation } from '../../datasets/population.js'
import { converterOf, onAxis } from '../../datasets/ratio.js'
import type { Sample } from '../../emulation/light-path.js'
import { Failure } from '../../failures.js'
import type { Manifest } from '../../models/manifest.js'
import { type Axis, makeAxis } from '../../spectrum/axis.js'
import { type Random, seededRandom } from '../../spectrum/random.js'

/** An endless row of subjects for one emulated instrument. */
export interface Subjects {
  readonly source: string
  readonly instrumentAxis: Axis
  /** Number in one pass of a data set; null where they are drawn without end. */
  readonly pass: number | null
  /** Brightest ratio that is usual among them: decides the filter of the white. */
  readonly brightest: number
  next(): Sample
}

/** Pixels of the emulated instrument. */
export const PIXELS = 392

/**
 * The measured spectra of a data set folder in their order, again and again. Where they cover the axis of the bundle, the
 * instrument has that axis; a set that the bundle was not made for is shown by an instrument with the range of the set.
 */
export const fromDataset = (folder: string, input: Manifest['input']): Subjects => {
  const dataset = readDataset(folder)
  const instrumentAxis = covers(dataset.axis, input.axis)
    ? pixels(input.axis.kind, input.axis.values)
    : pixels(dataset.axis.kind, dataset.axis.values)
  const ratio = converterOf(dataset)
  // What is not known of a pixel is shown as no light on it.
  const ratios = dataset.rows.map(({ values }) => onAxis(dataset.axis, ratio(values), instrumentAxis).map((value) => (value >= 0 ? value : 0)))
  let row = -1
  return {
    source: `${dataset.rows.length} measured spectra of ${dataset.name}`,
    instrumentAxis,
    pass: dataset.rows.length,
    brightest: brightestOf(ratios),
    next() {
      row = (row + 1) % dataset.rows.length
      return { name: nameOf(dataset, row), ratio: ratios[row] ?? new Float64Array(instrumentAxis.values.length) }
    },
  }
}

/** Objects drawn from the statistical model that lies beside the bundle. */
export const fromPopulation = (bundleFile: string, input: Manifest['input'], seed: number): Subjects => {
  const { model, axis } = populationBeside(bundleFile)
  if (model.quantity !== 'absorbance')
    throw new Failure('DATA_INVALID', {
      where: model.name,
      seen: model.quantity,
      allowed: 'a model of absorbance',
      cure: 'name a data set folder with --data DIR',
    })
  const instrumentAxis = pixels(input.axis.kind, input.axis.values)
  const random: Random = seededRandom(seed)
  const draw = (): Sample => {
    const { assay, values } = drawPopulation(model, random)
    return { name: `${assay.toFixed(1)} ${model.assay.unit}`, ratio: onAxis(axis, ratioOf(values), instrumentAxis) }
  }
  const sample = Array.from({ length: 20 }, () => draw().ratio)
  return { source: `drawn from the statistical model ${model.name}`, instrumentAxis, pass: null, brightest: brightestOf(sample), next: draw }
}

/** The same thing with its spectrum turned round: as much light in all, another material. */
export const foreign = (sample: Sample): Sample => ({ name: 'a tablet of another material', ratio: sample.ratio.slice().reverse() })

const populationBeside = (bundleFile: string) => {
  const file = join(dirname(bundleFile), 'population.json')
  try {
    return parsePopulation(readFileSync(file, 'utf8'), file)
  } catch (error) {
    if (error instanceof Failure) throw error
    throw new Failure('DATA_INVALID', {
      where: file,
      seen: 'no statistical model beside the bundle',
      cure: 'name a data set folder with --data DIR',
      cause: error,
    })
  }
}

const ratioOf = (absorbance: Float64Array): Float64Array => absorbance.map((value) => 10 ** -value)

const covers = (axis: Axis, wanted: Manifest['input']['axis']): boolean =>
  axis.kind === wanted.kind && (axis.values[0] ?? 0) <= (wanted.values[0] ?? 0) && (axis.values.at(-1) ?? 0) >= (wanted.values.at(-1) ?? 0)

/** An axis of as many pixels as the instrument has: the values themselves where there are as many, else evenly over their range. */
const pixels = (kind: Axis['kind'], values: ArrayLike<number>): Axis => {
  if (values.length === PIXELS) return makeAxis(kind, values)
  const low = values[0] ?? 0
  const high = values[values.length - 1] ?? 1
  return makeAxis(
    kind,
    Float64Array.from({ length: PIXELS }, (_, i) => low + ((high - low) * i) / (PIXELS - 1)),
  )
}

/** The median over spectra of each one's brightest pixel. */
const brightestOf = (ratios: readonly Float64Array[]): number => {
  const peaks = ratios.map((ratio) => ratio.reduce((top, value) => (value > top ? value : top), 0)).sort((a, b) => a - b)
  return peaks[Math.floor(peaks.length / 2)] ?? 1
}

/** The id, and the label columns that hold a number with its unit in the name or the class. */
const nameOf = (dataset: Dataset, row: number): string => {
  const { id = '', labels = {} } = dataset.rows[row] ?? {}
  const told = Object.entries(labels).filter(
    ([column, value]) => value !== '' && /^(label|class|assay)|_(mg|percent|pct)$/.test(column) && column !== 'weight_mg',
  )
  return [id, ...told.map(([column, value]) => (/^(label|class)$/.test(column) ? value : `${column} ${value}`))].join(', ')
}
