import { type ExposedCounts, makeReference } from '../calibration/reference.js'
import { choose, type Moment, type ReferenceRules } from '../calibration/references.js'
import type { EventContent } from '../delivery/contract.js'
import type { Acquisition } from '../spectrum/measurement.js'
import type { Reference, ReferenceKind } from '../spectrum/reference.js'
import type { Store } from '../store/contract.js'
import { levelChange, MAX_LEVEL_CHANGE } from './level-drift.js'
import { told } from './told.js'

/** References kept at hand, of each kind: as many as the store gives back. */
const MAX_KEPT = 64

export interface References {
  /** Newest first. The array changes only when a reference was taken. */
  newest(): readonly Reference[]
  /** Makes a reference of an exposure, durable when it resolves. @throws Failure REFERENCE_INVALID with the cure, STORE_FAILED. */
  take(parts: Taken): Promise<Reference>
}

export interface Taken {
  readonly kind: ReferenceKind
  readonly density: number
  readonly exposure: ExposedCounts & { readonly acquisition: Acquisition }
  readonly fullScale: number
  readonly rules: ReferenceRules
}

interface ReferencesOptions {
  readonly instrument: string
  readonly store: Pick<Store, 'references' | 'addReference'>
  readonly event: (content: EventContent) => void
  readonly now: () => Moment
  readonly nextId: () => string
}

/** The references of one instrument, as the store has them. */
export const openReferences = async ({ instrument, store, event, now, nextId }: ReferencesOptions): Promise<References> => {
  let newest = await store.references(instrument)
  return {
    newest: () => newest,
    async take({ kind, density, exposure, fullScale, rules }) {
      const { axis, acquisition } = exposure
      const moment = now()
      const { dark, flags } = choose(newest, { axis: axis.id, acquisition }, moment, rules)
      // An expired dark is no measure of anything: not for a white, nor for the level of the next dark.
      const holding = flags.includes('dark-expired') ? null : dark
      const { boot, clockTrusted } = moment
      const reference = makeReference({ id: nextId(), kind, instrument, exposure, density, dark: holding, fullScale, boot, clockTrusted })
      await store.addReference(reference)
      const before = Math.abs(levelChange(newest, reference)) > MAX_LEVEL_CHANGE
      newest = [reference, ...newest].slice(0, 2 * MAX_KEPT)
      event(told.calibrated(reference))
      const change = levelChange(newest, reference)
      const drifted = Math.abs(change) > MAX_LEVEL_CHANGE
      if (drifted !== before) event(told.levelDrift(reference, drifted, change))
      return reference
    },
  }
}
