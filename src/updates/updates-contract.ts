import type { Failure } from '../failures.js'
import type { Clock } from '../spectrum/clock.js'
import type { Random } from '../spectrum/random.js'
import type { Disk, Installed, Order, SlotRecord } from './contract.js'
import type { SelfTest } from './selftest.js'
import type { SlotState } from './state.js'
import type { Trust } from './trust.js'
import type { SlotHost, Tools } from './work.js'

/** What can be ordered of the slots of an agent, beside what `desired` says. Every one resolves to how the slot stands then. */
export interface ModelOrders {
  /** Names of the slots that there are. */
  readonly slots: readonly string[]
  state(slot: string): SlotState
  /** This bundle now, whatever `desired` says until it says something else. @throws Failure REQUEST_INVALID that says why not */
  install(slot: string, order: Order): Promise<SlotState>
  /** Looks into the repository now and follows what holds. @throws Failure REQUEST_INVALID, and what `Trust.refresh` throws */
  check(slot: string): Promise<SlotState>
  /** The trial is over, and good. @throws Failure REQUEST_INVALID */
  commit(slot: string): Promise<SlotState>
  /** A step back, to the bundle before. @throws Failure REQUEST_INVALID */
  rollback(slot: string): Promise<SlotState>
  /** What answers now stays until `desired` changes. @throws Failure REQUEST_INVALID */
  pin(slot: string): Promise<SlotState>
  /** The install under way is given up until `desired` changes. @throws Failure REQUEST_INVALID */
  abort(slot: string): Promise<SlotState>
}

export interface SlotOptions {
  readonly name: string
  /** With what `openSlot` decided, and as it found it: what has become of an install between the two is told at the start. */
  readonly record: SlotRecord
  readonly found: SlotRecord
  /** Path of the configured bundle. */
  readonly factory: string
  /** What that file held when it was last read; null where it cannot be read. */
  readonly installed: Installed | null
  readonly host: SlotHost
}

/** For log and events; `slot` is null where it is about the repository. */
export interface UpdateNews {
  readonly slot: string | null
  readonly failure: Failure | null
  readonly message: string
  readonly data: Readonly<Record<string, unknown>>
}

export interface UpdatesOptions {
  readonly agent: string
  readonly groups: readonly string[]
  /** Version of this program. */
  readonly version: string
  readonly boot: string
  readonly clock: Clock
  readonly random: Random
  readonly disk: Disk
  /** The state folder: slots lie in `models/<slot>`. */
  readonly state: string
  /** null: no repository is configured. */
  readonly trust: Trust | null
  readonly slots: readonly SlotOptions[]
  readonly selfTest: SelfTest
  readonly trial?: Tools['trial']
  /** Milliseconds between two looks into the repository. */
  readonly checkEveryMs: number
  /** `model/<slot>/state`. */
  readonly publish: (slot: string, state: SlotState) => void
  readonly tell: (news: UpdateNews) => void
}

/** Of the agent itself (`group` null) or of a group. An empty payload: no wish. As delivery hands it over. */
export interface Desired {
  readonly slot: string
  readonly group: string | null
  readonly payload: Uint8Array
}

/** Everything that one agent does about models from afar. Nothing happens before `start`. */
export interface Updates extends ModelOrders {
  start(): void
  /** A connection to the broker stands: its retained orders follow. */
  connected(): void
  /** Content of a `desired` topic. Never throws. */
  desired(message: Desired): void
  /** Installs are stopped in order. May be called twice. */
  stop(): Promise<void>
}
