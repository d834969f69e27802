import type { Result } from '../spectrum/result.js'
import type { Decided } from './line.js'

/** Who answers. */
export interface Answering {
  readonly agent: string
  readonly slot: string
  /** A new ULID. */
  nextId(): string
}

/** Decimals of a score, and of a time in ms: more say nothing. */
const SCORE_DECIMALS = 5
const MS_DECIMALS = 3
/** Digits of a value: a graph computes in single precision, which has no more. */
const VALUE_DIGITS = 7

/** One answer as it goes over the wire (DESIGN section 8, result/1). The time of its own commit is not known before the commit: null. */
export const toResult = ({ agent, slot, nextId }: Answering, { line, inferred, answer }: Decided): Result => {
  const { calibrated, flags, prepareMs, inferMs } = inferred
  const { measurement, references } = calibrated
  const { acquisition } = measurement
  const bundle = line.binding?.model.bundle ?? null
  return {
    schema: 'result/1',
    id: nextId(),
    agent,
    instrument: measurement.instrument,
    seq: measurement.seq,
    time: measurement.time,
    verdict: answer.verdict,
    reason: answer.reason,
    task: answer.task,
    label: answer.label,
    confidence: answer.confidence === null ? null : rounded(answer.confidence, SCORE_DECIMALS),
    set: answer.set,
    scores: Object.fromEntries(
      Object.entries(answer.scores).map(([label, score]) => [label, answer.task === 'value' ? significant(score) : rounded(score, SCORE_DECIMALS)]),
    ),
    value: answer.value === null ? null : significant(answer.value),
    unit: answer.unit,
    interval: answer.interval && [significant(answer.interval[0]), significant(answer.interval[1])],
    flags,
    model: bundle && { slot, id: bundle.manifest.id, version: bundle.manifest.version, sha256: bundle.sha256 },
    acquisition: {
      integrationUs: acquisition.integrationUs,
      averages: acquisition.averages,
      axis: measurement.axis.id,
      temperatureC: acquisition.temperatureC,
    },
    references,
    timings: {
      exposureMs: rounded(acquisition.exposureMs, MS_DECIMALS),
      prepareMs: rounded(prepareMs, MS_DECIMALS),
      inferMs: rounded(inferMs, MS_DECIMALS),
      commitMs: null,
    },
  }
}

const rounded = (value: number, decimals: number): number => Math.round(value * 10 ** decimals) / 10 ** decimals
const significant = (value: number): number => Number(value.toPrecision(VALUE_DIGITS))
