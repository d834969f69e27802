import { Failure } from '../../failures.js'
import { groupOf, listed } from '../examples.js'
import { argmax } from '../figures.js'
import type { Material, Part } from '../material.js'
import { forward } from '../onnx/forward.js'
import { outputsOf } from '../onnx/net.js'
import { measureBy, type Prepared, preparer } from '../prepare.js'
import type { Recipe } from '../recipe.js'
import { spectraOf } from '../spectra.js'
import type { ImportTask } from './import-task.js'

export interface OutsideMaterial {
  readonly material: Material
  /** At the chain's end, by spectrum. */
  readonly prepared: readonly Prepared[]
  /** Class (value) of each spectrum, null where it is not known or none that the net has; null without a column. */
  readonly truth: readonly (number | null)[] | null
  readonly findings: readonly string[]
}

/** Spectra below which gate and statistical model would be guesswork. */
const FEWEST = 20

/**
 * The data around an imported net as a training would have them. Class and value of each spectrum are what the net answers, so that no labels are needed.
 * @throws Failure DATA_INVALID where net, chain and labels do not fit, or too few spectra are whole.
 */
export const outsideMaterial = (plan: ImportTask, recipe: Recipe): OutsideMaterial => {
  const { net, dataset, task, labels, chain, target, group } = plan
  const as = spectraOf(dataset, dataset.rows, plan.axis ?? dataset.axis)
  const { output, prepare } = preparer(chain, as.axis)
  if (output.values.length !== net.inputs)
    throw new Failure('DATA_INVALID', {
      where: 'the net',
      seen: `${net.inputs} inputs`,
      allowed: `${output.values.length}, the channels at the end of the chain on this axis`,
    })
  if (outputsOf(net) !== labels.length)
    throw new Failure('DATA_INVALID', {
      where: 'the net',
      seen: `${outputsOf(net)} outputs`,
      allowed: `${labels.length}, as many as labels: ${labels.join(', ')}`,
    })
  for (const column of [target, group])
    if (column !== null && !dataset.meta.label_columns.includes(column))
      throw new Failure('DATA_INVALID', { where: dataset.name, seen: `no column "${column}"`, allowed: dataset.meta.label_columns.join(', ') })
  const whole = dataset.rows.flatMap((row, n) => {
    const spectrum = as.values[n] ?? new Float64Array(0)
    const prepared = spectrum.every(Number.isFinite) ? prepare(spectrum) : null
    return prepared ? [{ row, spectrum, prepared }] : []
  })
  if (whole.length < FEWEST)
    throw new Failure('DATA_INVALID', {
      where: dataset.name,
      seen: `${whole.length} of ${dataset.rows.length} spectra that are whole on the axis of the bundle`,
      allowed: `at least ${FEWEST}: the gate and the golden spectra are made from them`,
    })
  const answers = whole.map(({ prepared }) => forward(net, Float32Array.from(prepared.values)))
  const cells = whole.map(({ row }) => (target === null ? '' : (row.labels[target] ?? '').trim()))
  const own: Part = {
    ...{ task, labels, unit: task === 'value' ? plan.unit : null, limits: null },
    ids: whole.map(({ row }) => row.id),
    groups: whole.map(({ row }) => groupOf(row, group)),
    truth: answers.map((row) => (task === 'class' ? argmax(row) : 0)),
    values: answers.map((row) => (task === 'class' ? Number.NaN : (row[0] ?? Number.NaN))),
    spectra: whole.map(({ spectrum }) => spectrum),
  }
  const truth = target === null ? null : cells.map((cell) => truthOf(cell, task, labels))
  const missing = dataset.rows.length - whole.length
  const nameless = truth?.filter((one) => one === null).length ?? 0
  const none = listed([])
  return {
    material: {
      ...{ quantity: as.quantity, geometry: as.geometry, axis: as.axis, own, test: null, findings: as.findings },
      leftOut: { unlabelled: none, unknown: none, rare: none, dropped: none },
      measure: measureBy(recipe.counts, as.axis.values.length),
    },
    prepared: whole.map(({ prepared }) => prepared),
    truth,
    findings: [
      ...as.findings.map(({ text }) => text),
      ...(missing > 0 ? [`${missing} spectra that are not whole took no part.`] : []),
      ...(nameless > 0 ? [`${nameless} spectra have nothing in the column "${target}" that the net could answer: they calibrate nothing.`] : []),
    ],
  }
}

const truthOf = (cell: string, task: 'class' | 'value', labels: readonly string[]): number | null => {
  if (cell === '') return null
  const found = task === 'class' ? labels.indexOf(cell) : Number(cell)
  return Number.isFinite(found) && (task === 'value' || found >= 0) ? found : null
}
