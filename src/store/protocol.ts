import { Failure, type FailureCode } from '../failures.js'
import type { Reference } from '../spectrum/reference.js'
import type { NewRecord, OutboxLimits, OutboxRecord, OutboxStats } from './contract.js'

/** What the store asks of its worker thread. One `ToWorker` carries everything that was asked in one turn of the event loop. */
export type Call =
  | { readonly op: 'append'; readonly records: readonly NewRecord[] }
  | { readonly op: 'read'; readonly afterKey: number; readonly limit: number }
  | { readonly op: 'stats' }
  | { readonly op: 'reserveSeq'; readonly instrument: string; readonly count: number }
  | { readonly op: 'lastSeq'; readonly instrument: string }
  | { readonly op: 'addReference'; readonly reference: Reference }
  | { readonly op: 'references'; readonly instrument: string }
  | { readonly op: 'reply'; readonly transaction: string }
  | { readonly op: 'remember'; readonly transaction: string; readonly reply: string }
  | { readonly op: 'fact'; readonly name: string }
  | { readonly op: 'setFact'; readonly name: string; readonly value: string }

/** What each call is answered with. */
export interface Values {
  append: readonly number[]
  read: readonly OutboxRecord[]
  stats: OutboxStats
  reserveSeq: number
  lastSeq: number | null
  addReference: null
  references: readonly Reference[]
  reply: string | null
  remember: null
  fact: string | null
  setFact: null
}

export interface NumberedCall {
  readonly id: number
  readonly call: Call
}

export interface ToWorker {
  readonly calls: readonly NumberedCall[]
  readonly acknowledged: readonly number[]
  readonly close: boolean
}

export type Answer =
  | { readonly id: number; readonly value: Values[keyof Values]; readonly failure: null }
  | { readonly id: number; readonly value: null; readonly failure: PlainFailure }

export interface FromWorker {
  /** null until the files are open; then whether that worked. */
  readonly opened: { readonly failure: PlainFailure | null } | null
  readonly answers: readonly Answer[]
  /** Path of a corrupt outbox that was set aside. */
  readonly setAside: string | null
  /** The room that was held in reserve is used: the disk is full. */
  readonly reserveSpent: boolean
}

export interface WorkerStart {
  readonly directory: string
  readonly limits: OutboxLimits
}

/** A failure in a form that crosses threads: an Error loses its own fields there. */
export interface PlainFailure {
  readonly code: FailureCode
  readonly circumstances: { readonly where?: string; readonly seen?: string; readonly allowed?: string; readonly cure?: string }
}

export const plainFailure = ({ code, where, seen, allowed, cure }: Failure): PlainFailure => ({
  code,
  circumstances: {
    ...(where === undefined ? {} : { where }),
    ...(seen === undefined ? {} : { seen }),
    ...(allowed === undefined ? {} : { allowed }),
    ...(cure === undefined ? {} : { cure }),
  },
})

export const revived = ({ code, circumstances }: PlainFailure): Failure => new Failure(code, circumstances)
