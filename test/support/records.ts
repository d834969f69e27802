import type { NewRecord, OutboxLimits, RecordClass } from '../../src/store/contract.js'

/** When the records of tests are made. */
export const NOW_MS = Date.parse('2026-06-01T00:00:00Z')

/** Limits that no test reaches by accident. */
export const wideLimits: OutboxLimits = { maxBytes: 1e9, maxRecords: 1e6, maxAgeMs: 1e12 }

/** The n-th record of a test; its payload is `size` bytes long and names n. */
export const record = (n: number, { kind = 'result', size = 20, createdMs = NOW_MS }: RecordOptions = {}): NewRecord => ({
  class: kind,
  topic: `base/agent/${kind}`,
  payload: `${n}`.padStart(size, '0'),
  id: `ID-${n}`,
  createdMs,
})

export interface RecordOptions {
  readonly kind?: RecordClass
  readonly size?: number
  readonly createdMs?: number
}

/** What one such record counts against the byte limit. */
export const weight = (kind: RecordClass, size = 20): number => `base/agent/${kind}`.length + size
