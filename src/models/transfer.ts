import type { SpectrumTransfer, Transfer } from '../calibration/transfer/contract.js'
import { dsRunner } from '../calibration/transfer/direct.js'
import { pdsRunner } from '../calibration/transfer/piecewise.js'
import { correctPrediction } from '../calibration/transfer/predictions.js'
import { boundsOf, conformalQuantile } from '../inference/conformal.js'
import type { Rule } from '../inference/decide.js'
import type { Axis } from '../spectrum/axis.js'
import type { Flag } from '../spectrum/flags.js'
import type { Misfit } from './fit.js'
import type { TransferFile } from './transfer-file.js'

/** A transfer at work in a binding (binding.ts). */
export interface TransferUse {
  /** Why every answer is refused: it was made for another model or instrument. Null where it may be used. */
  readonly misfit: Misfit | null
  /** Changes the ratio before the chain; null: nothing is changed. */
  readonly spectrum: SpectrumTransfer | null
  /** Changes the value that the graph gives; null: nothing is changed. */
  readonly value: ((value: number) => number) | null
  /** Calibration scores of this instrument; null: none, so no interval holds on it. */
  readonly conformal: TransferFile['conformal']
}

/** Axis values count as the same if they differ by less, relative to their size: files round them. */
const SAME_AXIS = 1e-6

/** Where a transfer is to be used. */
export interface Place {
  /** SHA-256 of the bundle; null of a model that is no bundle yet. */
  readonly sha256: string | null
  readonly task: 'class' | 'value' | 'identity'
  readonly axis: Axis
  /** Id of the instrument; null where nobody knows it, as of spectra in a file. */
  readonly instrument: string | null
}

/** Never throws because the two do not fit: then every answer is rejected, with the reason. */
export const useTransfer = (file: TransferFile, place: Place): TransferUse => {
  const why = mismatch(file, place)
  if (why !== null) return { misfit: { flag: 'transfer-mismatch', why }, spectrum: null, value: null, conformal: null }
  return { ...correctionOf(file.fitted), conformal: file.conformal }
}

/** A transfer that was just fitted, before anyone wrote it down. */
export const correctionOf = (fitted: Transfer | null): TransferUse => {
  const nothing = { misfit: null, spectrum: null, value: null, conformal: null }
  if (fitted === null) return nothing
  if (fitted.method === 'pds') return { ...nothing, spectrum: pdsRunner(fitted) }
  if (fitted.method === 'ds') return { ...nothing, spectrum: dsRunner(fitted) }
  return { ...nothing, value: (value) => correctPrediction(fitted, value) }
}

/** The rule of a bundle on an instrument that has a transfer. Intervals of the bundle say nothing of it; prediction sets stay until it has its own. */
export const transferredRule = (rule: Rule, transfer: TransferUse | null): Rule => {
  if (transfer === null || rule.task === 'identity') return rule
  const { conformal } = transfer
  if (rule.task === 'value') return { ...rule, halfWidth: conformal && conformalQuantile(conformal.pooled, conformal.alpha) }
  return { ...rule, bounds: (conformal && boundsOf(conformal, rule.labels)) ?? rule.bounds }
}

/** Without scores of its own no answer of this instrument has an interval, or a prediction set at its level. */
export const transferFlags = (transfer: TransferUse | null): readonly Flag[] =>
  transfer !== null && transfer.conformal === null ? ['interval-unavailable'] : []

const mismatch = ({ bundle, instrument, fitted, conformal }: TransferFile, { sha256, task, axis, instrument: id }: Place): string | null => {
  if (sha256 !== bundle.sha256)
    return `the transfer was made for ${bundle.id} ${bundle.version}, SHA-256 ${bundle.sha256.slice(0, 12)}, the model is ${sha256?.slice(0, 12) ?? 'another one'}`
  if (!sameAxis(instrument.axis, axis)) return `the transfer was made for another axis (${ends(instrument.axis)}) than this one (${ends(axis)})`
  if (instrument.id !== null && id !== null && instrument.id !== id) return `the transfer was made for the instrument ${instrument.id}, this is ${id}`
  if (task !== 'value' && (fitted?.method === 'bias' || fitted?.method === 'slope_bias'))
    return `a ${fitted.method} transfer for a model without a value`
  const wanted = task === 'value' ? 'absolute-residual' : 'lac'
  return conformal === null || conformal.method === wanted
    ? null
    : `the transfer holds scores of the method ${conformal.method}, the model needs ${wanted}`
}

type AxisLike = { readonly kind: Axis['kind']; readonly values: ArrayLike<number> }

const sameAxis = (a: AxisLike, b: AxisLike): boolean => {
  if (a.kind !== b.kind || a.values.length !== b.values.length) return false
  for (let i = 0; i < a.values.length; i++) {
    const [own = Number.NaN, other = Number.NaN] = [a.values[i], b.values[i]]
    if (!(Math.abs(own - other) <= SAME_AXIS * Math.max(1, Math.abs(own)))) return false
  }
  return true
}

const ends = ({ kind, values }: AxisLike): string => `${values.length} channels of ${kind}, ${values[0]} to ${values[values.length - 1]}`
