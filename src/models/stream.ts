import { type AxisLook, createAxisCheck } from '../inference/axis-shift.js'
import { createDriftWatch, type DriftChange } from '../inference/drift.js'
import { createScans } from '../inference/scans.js'
import type { Flag } from '../spectrum/flags.js'
import type { Answer } from '../spectrum/result.js'
import { type Binding, type Calibrated, type Inferred, merged } from './binding.js'
import type { ManifestDraft } from './manifest.js'
import type { OpenModel } from './open.js'

/** What changed with a spectrum: an alarm of drift, or where the bands stand on the axis. */
export type StreamNews = DriftChange | ({ readonly what: 'axis'; readonly raised: boolean } & Omit<AxisLook, 'shifted'>)

/** The spectra of one instrument behind one model, one after the other. */
export interface Stream {
  /** In the order of the spectra, each once. Flags that lie between spectra (`axis-shift`, a mean that is `extrapolated`) are added here. */
  decide<C extends Calibrated>(inferred: Inferred<C>): { readonly inferred: Inferred<C>; readonly answer: Answer }
}

/**
 * What one spectrum cannot know: the scans before it, whether the known drift, whether the axis has shifted. All state of a binding lies in this
 * object, so it is gone with it: at a model swap and at a reconnect.
 * @param tell hears of each change once.
 */
export const watchStream = (binding: Binding<OpenModel>, tell: (news: StreamNews) => void): Stream => {
  const { manifest } = binding.model.bundle
  const { decision, gate, range } = manifest
  const scans = decision ? createScans(decision) : null
  const drift = gate ? createDriftWatch(gate.drift ?? null) : null
  const [lookAtKnown, lookAtForeign] = [axisCheckOf(manifest), axisCheckOf(manifest)]
  let shifted = false

  /** Foreign or not, but fit: what is unfit says nothing of material, lamp or axis. */
  const observe = ({ gate: seen, values }: Inferred<Calibrated>): void => {
    if (seen && drift) for (const change of drift(seen)) tell(change)
    const foreign = seen?.foreign === true
    const found = values ? (foreign ? lookAtForeign : lookAtKnown)?.(values) : null
    // A shift of a whole channel may make everything foreign, so what is foreign can raise the flag. Only the known can clear it: foreign materials are
    // not where the model learnt anything.
    if (!found || found.shifted === shifted || (foreign && shifted)) return
    shifted = found.shifted
    tell({ what: 'axis', raised: shifted, shiftChannels: found.shiftChannels, explained: found.explained })
  }
  const raisedBy = (value: number | null): readonly Flag[] => [
    ...(shifted ? (['axis-shift'] as const) : []),
    ...(range && value !== null && !(value >= range[0] && value <= range[1]) ? (['extrapolated'] as const) : []),
  ]

  return {
    decide: (inferred) => {
      const plain = binding.decide(inferred)
      // Without the flag of the axis: under the policy "refuse" it would keep out the very spectra that can clear it.
      if (plain.verdict !== 'rejected') observe(inferred)
      const raised = raisedBy(inferred.value)
      const flagged = raised.length === 0 ? inferred : { ...inferred, flags: merged(inferred.flags, raised) }
      const alone = raised.length === 0 ? plain : binding.decide(flagged)
      if (scans === null) return { inferred: flagged, answer: alone }
      if (alone.verdict === 'rejected' || alone.reason === 'foreign') {
        scans.reset()
        return { inferred: flagged, answer: alone }
      }
      let flags = flagged.flags
      const answer = scans.add({ scores: inferred.scores, value: inferred.value, answer: alone }, ({ scores, value }) => {
        flags = merged(flags, raisedBy(value))
        return binding.decide({ ...flagged, scores, value, flags })
      })
      return { inferred: { ...flagged, flags }, answer }
    },
  }
}

/** Null where the chain does not end in centre and scale: then nothing in the bundle says what its mean spectrum is. */
const axisCheckOf = ({ chain, gate }: ManifestDraft): ReturnType<typeof createAxisCheck> => {
  const last = chain.at(-1)
  if (last?.op !== 'center_scale' || !isNumbers(last['mean']) || !isNumbers(last['scale'])) return null
  return createAxisCheck({ mean: last['mean'], scale: last['scale'], loadings: gate?.loadings ?? [] })
}

const isNumbers = (value: unknown): value is readonly number[] => Array.isArray(value) && value.every((one) => typeof one === 'number')
