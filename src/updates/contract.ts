/**
 * What the parts of the update path say to each other (DESIGN section 9): what the signed repository offers, what is ordered, what a slot
 * remembers across power cuts, and the one port through which all of it is written. Types and words alone.
 */

import type { DurableFiles } from '../durable-files.js'
import type { Failure } from '../failures.js'

/** A bundle that the current signed targets list, as `repo add` wrote it. Path: `<line>/<id>/<sha256>.s2m`. */
export interface Target {
  readonly path: string
  /** Product line, the first part of the path: what a delegated key may sign for. */
  readonly line: string
  readonly id: string
  readonly version: string
  readonly sha256: string
  /** Signed length in bytes: not one byte more is fetched. */
  readonly bytes: number
  /** Rises with each `repo add` of the repository; orders bundles, forbids none. */
  readonly seq: number
  /** Agents whose hash of agent id and `salt` falls below this percentage take it by themselves; 100: all. */
  readonly rollout: { readonly percent: number; readonly salt: string }
  /** Groups that it is meant for; empty: all. */
  readonly groups: readonly string[]
  /** The lowest version of the agent that can run it. */
  readonly minAgent?: string | undefined
}

/** What verified metadata say at one time. */
export interface Listing {
  readonly targets: readonly Target[]
  /** When the first of the metadata expires: epoch milliseconds. Past it nothing is installed; what runs goes on. */
  readonly expiresMs: number
  readonly versions: { readonly root: number; readonly timestamp: number; readonly snapshot: number; readonly targets: number }
  /** Product lines whose own list is not to be believed, and why: their keys can hurt nobody else. Nothing of them is among the targets. */
  readonly refused?: readonly { readonly line: string; readonly failure: Failure }[]
}

/**
 * Content of `model/<slot>/desired`: `model` is `<line>/<id>`; without `version` or `sha256` the listed bundle of it with the highest `seq`
 * whose rollout and groups take in this agent. An empty payload: no wish, the slot stays as it is.
 */
export interface Order {
  readonly model: string
  readonly version?: string | undefined
  readonly sha256?: string | undefined
}

/** In the order in which an install goes through them; the last two are ends, as `committed` is. */
export const phases = ['idle', 'fetching', 'verified', 'staged', 'selftest', 'shadow', 'probation', 'committed', 'rejected', 'rolled-back'] as const
export type Phase = (typeof phases)[number]

/** One bundle as a slot knows it. `seq` is null for the factory bundle. */
export interface Installed {
  readonly id: string
  readonly version: string
  readonly sha256: string
  readonly seq: number | null
}

/** Why an install did not stand. `model`: a cause in the bundle itself, its SHA-256 is denied for good; `machine`: disk, memory, power, network: tried again. */
export interface Reason {
  readonly code: string
  readonly text: string
  readonly cause: 'model' | 'machine' | 'order'
}

/** `active.json` of a slot: everything that must survive a power cut, replaced as a whole before each step. */
export interface SlotRecord {
  readonly format: 1
  /** The side that answers after a start; null: the factory bundle. */
  readonly active: 'a' | 'b' | null
  /** What lies on each side, verified; null: nothing that may run. */
  readonly sides: { readonly a: Installed | null; readonly b: Installed | null }
  readonly phase: Phase
  /** What the install under way is about. */
  readonly target: Target | null
  /** Starts of the agent since this phase began, without those after an orderly stop: a bundle that crashes the agent twice is rolled back. */
  readonly starts: number
  /** Boot of the machine in which this phase began: tells a crash from a power cut. Null: the agent was stopped in order. */
  readonly boot: string | null
  readonly reason: Reason | null
  /** `rollback` and `pin` hold until the content of `desired` changes: SHA-256 of the content that they were given under. */
  readonly override: { readonly kind: 'rollback' | 'pin'; readonly under: string } | null
  /** SHA-256 of bundles that failed for a cause in the model, newest last, at most `MAX_DENIED`. */
  readonly denied: readonly string[]
}

/** Bundles that a slot remembers as bad. */
export const MAX_DENIED = 256

/** The one way to the disk for everything in `src/updates`. `remove` takes folders with what is in them. */
export interface Disk extends DurableFiles {
  /** Bytes of a file; null where there is none. */
  size(path: string): Promise<number | null>
  append(path: string, bytes: Uint8Array): Promise<void>
  truncate(path: string, bytes: number): Promise<void>
}

/** Brings files of the repository into the local mirror; trust is none of its business. One file a transport. */
export interface Transport {
  /** For messages: what it reads from, without secrets. */
  readonly where: string
  /**
   * Appends to nothing itself: hands over the bytes of `path` (below the repository's root, slash-separated) from `offset` on, in chunks.
   * @throws Failure NOT_FOUND where there is no such file, NETWORK_FAILED for what may go better later.
   */
  fetch(path: string, offset: number, signal: AbortSignal): AsyncIterable<Uint8Array>
}
