import type { Failure } from '../failures.js'
import type { SlotRecord } from './contract.js'
import type { Step } from './machine.js'
import type { SlotPlace } from './slot.js'
import type { Progress } from './state.js'
import type { Tools } from './work.js'

/** How the install of a slot stands: with `slotState` (state.ts) what `model/<slot>/state` says. */
export interface InstallReport {
  readonly record: SlotRecord
  readonly progress: Progress | null
  readonly disagreement: number | null
}

export interface InstallerOptions extends SlotPlace, Omit<Tools, 'trial'> {
  /** As `openSlot` found it. */
  readonly record: SlotRecord
  readonly trial?: Tools['trial']
  /** Asks the repository what is new. */
  readonly refresh: () => void
  /** Something of the report is another one: a phase, a reason, a whole percent. */
  readonly changed: (report: InstallReport) => void
  /** For log and events: what failed, and what only an operator can judge. */
  readonly tell: (news: { readonly failure: Failure } | { readonly mixShift: number; readonly limit: number }) => void
}

export interface Installer {
  report(): InstallReport
  /** Goes on with what the last run left. */
  start(): void
  /** One order (verbs.ts), after those before it. Resolves once its record is durable; rejects with what the verb throws. */
  order(verb: (record: SlotRecord) => Step): Promise<SlotRecord>
  /** In order: the next start does not count against a bundle on trial. */
  stop(): Promise<void>
}
