import { readFileSync } from 'node:fs'
import { readDataset } from '../../datasets/folder.js'
import { drawPopulation, parsePopulation } from '../../datasets/population.js'
import { converterOf, onAxis } from '../../datasets/ratio.js'
import type { Sample } from '../../emulation/light-path.js'
import { parseAxisFile } from '../../instruments/axis-file.js'
import { type Axis, makeAxis } from '../../spectrum/axis.js'
import { seededRandom } from '../../spectrum/random.js'

/** An endless row of samples, each spread over the pixels of one instrument. */
export interface Samples {
  readonly source: string
  /** What each pixel stands for: one value a pixel. */
  readonly axis: Axis
  /** The file that holds this axis already; null where there is none. */
  readonly axisFile: string | null
  /** Brightest ratio that is usual among them: decides exposure, and the filter of the white. */
  readonly brightest: number
  next(): Sample
}

/** The shipped statistical model and the axis of the instrument that its bundle was made with. */
export interface Shipped {
  readonly population: string
  readonly axis: string
}

/** Spectra that are drawn to know how bright they are. */
const TRIED = 20

/** The rows of a data set folder in their order, again and again, spread evenly over as many pixels. @throws Failure DATA_INVALID */
export const ofDataset = (folder: string, pixels: number): Samples => {
  const dataset = readDataset(folder)
  const axis = spread(dataset.axis, pixels)
  const ratio = converterOf(dataset)
  const samples = dataset.rows.map(({ id, values }) => ({ name: id, ratio: lit(onAxis(dataset.axis, ratio(values), axis)) }))
  let row = -1
  return {
    source: `the ${samples.length} spectra of ${dataset.name}, in their order`,
    axis,
    axisFile: null,
    brightest: brightestOf(samples),
    next() {
      row = (row + 1) % samples.length
      return samples[row] ?? { name: '', ratio: new Float64Array(pixels) }
    },
  }
}

/** Objects drawn from the shipped statistical model; on the shipped axis where the instrument has as many pixels. */
export const ofPopulation = (shipped: Shipped, pixels: number, seed: number): Samples => {
  const { model, axis: from } = parsePopulation(readFileSync(shipped.population, 'utf8'), shipped.population)
  const made = parseAxisFile(readFileSync(shipped.axis, 'utf8'), shipped.axis).axis
  const fits = made.values.length === pixels
  const axis = fits ? made : spread(from, pixels)
  const draw = (random: ReturnType<typeof seededRandom>): Sample => {
    const { assay, values } = drawPopulation(model, random)
    const ratio = values.map((absorbance) => 10 ** -absorbance)
    return { name: `${assay.toFixed(1)} ${model.assay.unit}`, ratio: lit(onAxis(from, ratio, axis)) }
  }
  const random = seededRandom(seed)
  const trial = seededRandom(seed)
  return {
    source: `drawn from the statistical model ${model.name}`,
    axis,
    axisFile: fits ? shipped.axis : null,
    brightest: brightestOf(Array.from({ length: TRIED }, () => draw(trial))),
    next: () => draw(random),
  }
}

/** What is not known of a pixel is shown as no light on it. */
const lit = (ratio: Float64Array): Float64Array => ratio.map((value) => (value >= 0 ? value : 0))

const spread = ({ kind, values }: Axis, pixels: number): Axis => {
  if (values.length === pixels) return makeAxis(kind, values)
  const low = values[0] ?? 0
  const high = values.at(-1) ?? 1
  return makeAxis(
    kind,
    Float64Array.from({ length: pixels }, (_, i) => low + ((high - low) * i) / (pixels - 1)),
  )
}

/** The median over spectra of each one's brightest pixel. */
const brightestOf = (samples: readonly Sample[]): number => {
  const peaks = samples.map(({ ratio }) => ratio.reduce((top, value) => Math.max(top, value), 0)).sort((a, b) => a - b)
  return peaks[Math.floor(peaks.length / 2)] ?? 1
}
