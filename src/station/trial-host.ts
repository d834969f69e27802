import type { Failure } from '../failures.js'
import { type Binding, bindModel, type Calibrated, type Inferred } from '../models/binding.js'
import type { LoadedModel } from '../models/open.js'
import type { Clock } from '../spectrum/clock.js'
import type { ShadowPair } from '../updates/shadow.js'
import type { Judged } from '../updates/trial.js'
import { createFeed } from './feed.js'
import type { Decided, Line } from './line.js'

/** Spectra that wait for the candidate at most: while it is slower than the instruments, the newest are left out of the comparison. */
export const MAX_SHADOWED = 64
/** Answers that wait for the probation to look at them at most. */
export const MAX_WATCHED = 1024

export interface Watching {
  /** Calls the watcher with every spectrum that the answering model has judged, until what is given back is called. */
  watch(watcher: (decision: Decided) => void): () => void
  /** One that the trial could not keep up with. */
  leftOut(): void
}

/**
 * Every spectrum that comes, judged by both models, each by itself: what lies between spectra (means over scans, alarms) belongs to a stream, and the
 * candidate has none yet. It is asked when the answer of the other one is out, and never delays it.
 */
export async function* shadowRun(watching: Watching, candidate: LoadedModel, clock: Clock, signal: AbortSignal): AsyncGenerator<ShadowPair> {
  const feed = createFeed<Decided>(MAX_SHADOWED, signal, watching.leftOut)
  const bound = new WeakMap<Line, Binding>()
  const bindingFor = (line: Line, { measurement, quantity }: Calibrated): Binding => {
    const known = bound.get(line)
    if (known) return known
    const made = bindModel(candidate, { axis: measurement.axis, quantity }, line.policy, clock.monotonicMs)
    bound.set(line, made)
    return made
  }
  const unwatch = watching.watch(feed.push)
  try {
    for await (const { line, inferred, failure } of feed) {
      const { calibrated } = inferred
      const binding = bindingFor(line, calibrated)
      // Not for this instrument: it says nothing of the candidate. Where the other one failed there is nothing to compare.
      if (!line.binding || binding.misfit || failure) continue
      yield { old: judged(line.binding, inferred), candidate: judged(binding, await binding.infer(binding.prepare(calibrated))) }
    }
  } finally {
    unwatch()
  }
}

/** Every answer of the model that answers now, as it went out. */
export async function* liveResults(watching: Watching, signal: AbortSignal): AsyncGenerator<Judged | Failure> {
  const feed = createFeed<Decided>(MAX_WATCHED, signal, watching.leftOut)
  const unwatch = watching.watch(feed.push)
  try {
    for await (const { inferred, answer, failure } of feed) yield failure ?? { ...measured(inferred), answer }
  } finally {
    unwatch()
  }
}

const judged = (binding: Binding, inferred: Inferred<Calibrated>): Judged => ({ ...measured(inferred), answer: binding.decide(inferred) })

const measured = ({ values, scores, value, prepareMs, inferMs }: Inferred<Calibrated>): Pick<Judged, 'inferMs' | 'finite'> => ({
  inferMs: prepareMs + inferMs,
  finite: values === null || scores !== null || value !== null,
})
