import { bindModel } from '../models/binding.js'
import type { LoadedModel } from '../models/open.js'
import type { Flag } from '../spectrum/flags.js'
import { flags as flagTable } from '../spectrum/flags.js'
import type { Reason } from './contract.js'
import { reason } from './reason.js'
import { p95 } from './trial.js'

/** Answers that are timed at least; more golden spectra give more. */
export const TIMED_ANSWERS = 96
/** Milliseconds after which no further round is begun: a slow model is known to be slow by then. */
export const TIMING_BUDGET_MS = 10_000

/** 95th percentile of one answer, preparation and inference, in the quietest round; or why the bundle must not be used. */
export type Examined = { readonly p95Ms: number } | { readonly reason: Reason }

/**
 * What the golden check (`loadBundle`) does not look at: that no answer to a golden spectrum is a number that is not finite, that every round gives the
 * same bits, and how long an answer takes. One spectrum at a time, as an idle instrument asks.
 * @param nowMs milliseconds of the processor, not of the wall: a machine that is busy with something else must not make a bundle look slow
 */
export const examine = async (model: LoadedModel, nowMs: () => number): Promise<Examined> => {
  const { axis, golden, manifest } = model.bundle
  const { quantity } = manifest.input
  const binding = bindModel(model, { axis, quantity }, 'refuse', nowMs)
  const measurement = { axis, saturated: new Uint8Array(axis.values.length) }
  const questions = golden.cases.map(({ values, flags }) => ({
    measurement,
    ratio: Float64Array.from(values, (value) => value ?? Number.NaN),
    quantity,
    flags: flags.filter((flag): flag is Flag => Object.hasOwn(flagTable, flag)),
  }))
  const first = new Map<number, readonly number[]>()
  const startMs = nowMs()
  let timed = 0
  let quietestMs = Number.POSITIVE_INFINITY
  for (let round = 0; round < 2 || (timed < TIMED_ANSWERS && nowMs() - startMs < TIMING_BUDGET_MS); round++) {
    const timesMs: number[] = []
    for (const [i, question] of questions.entries()) {
      const prepared = binding.prepare(question)
      const inferred = await binding.infer(prepared)
      if (inferred.values === null) continue
      const numbers = inferred.scores ?? (inferred.value === null ? null : [inferred.value])
      if (numbers === null) return { reason: reason('NOT_FINITE', `golden case ${i}`) }
      const before = first.get(i)
      if (before && !sameBits(before, numbers)) return { reason: reason('NOT_DETERMINISTIC', `golden case ${i} in round ${round + 1}`) }
      if (!before) first.set(i, Array.from(numbers))
      timesMs.push(prepared.prepareMs + inferred.inferMs)
    }
    timed += timesMs.length
    quietestMs = Math.min(quietestMs, p95(timesMs))
  }
  return { p95Ms: quietestMs }
}

const sameBits = (a: ArrayLike<number>, b: ArrayLike<number>): boolean =>
  a.length === b.length && Array.from(a).every((value, i) => Object.is(value, b[i]))
