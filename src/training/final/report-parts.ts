import { axisUnits } from '../../spectrum/axis.js'
import type { Report } from '../report.js'
import type { ReportTask } from './report-task.js'

/** What was made. */
export const modelIn = ({ recipe, material, samples, model, draft }: ReportTask): Report['model'] => ({
  id: recipe.id,
  version: recipe.version,
  title: recipe.title,
  task: samples.own.task,
  labels: samples.own.labels,
  unit: samples.own.unit,
  quantity: material.quantity,
  geometry: material.geometry,
  chain: draft.chain.map(stepInWords),
  graph: { linear: 'linear (fp32)', cnn: 'convolutional network (int8)', identity: 'none: the gate alone decides' }[model.kind],
  graphBytes: model.graph.length,
  inputs: model.rows[0]?.length ?? 0,
})

/** "savgol window 11 poly 2 deriv 1 mode interp"; lists as their length. */
const stepInWords = ({ op, ...parameters }: { readonly op: string } & Readonly<Record<string, unknown>>): string =>
  [op, ...Object.entries(parameters).map(([name, value]) => `${name} ${Array.isArray(value) ? `(${value.length})` : String(value)}`)].join(' ')

/** What it was made from. */
export const dataIn = ({ dataset, recipe, material }: ReportTask): Report['data'] => ({
  name: dataset.name,
  title: dataset.meta.title,
  citation: dataset.meta.citation,
  licence: dataset.meta.licence,
  sha256: dataset.sha256,
  target: recipe.target.column ?? '',
  group: recipe.group,
  quantity: dataset.meta.quantity_kind,
  axisUnit: axisUnits[material.axis.kind],
  axisFrom: material.axis.values[0] ?? 0,
  axisTo: material.axis.values.at(-1) ?? 0,
  channels: material.axis.values.length,
})
