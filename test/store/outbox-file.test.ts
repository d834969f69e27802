import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { OutboxLimits } from '../../src/store/contract.js'
import { openOutboxFile } from '../../src/store/outbox-file.js'
import { NOW_MS, record, weight, wideLimits } from '../support/records.js'

const DAY_MS = 86_400_000
const none: ReadonlySet<number> = new Set()

const opened = (t: Test, limits: Partial<OutboxLimits> = {}) => {
  const file = join(t.testdir(), 'outbox.db')
  const outbox = openOutboxFile(file, { ...wideLimits, ...limits })
  t.teardown(() => outbox.close())
  const append = (...records: Parameters<typeof record>[]) => outbox.commit([records.map((args) => record(...args))], [], NOW_MS).flat()
  const keys = () => outbox.read(0, 1000, none).map(({ key }) => key)
  return { outbox, append, keys, file }
}

t.test('records come back in the order of their keys, page by page, as they were put in', async (t) => {
  const { outbox, append } = opened(t)
  t.strictSame(append([1], [2]), [1, 2])
  t.strictSame(append([3, { kind: 'event' }]), [3])
  t.strictSame(
    outbox.read(0, 2, none).map((row) => ({ ...row })),
    [
      { ...record(1), key: 1 },
      { ...record(2), key: 2 },
    ],
  )
  t.match(outbox.read(2, 10, none), [{ key: 3, class: 'event', payload: record(3).payload }])
  t.strictSame(
    outbox.read(0, 1, new Set([1])).map(({ key }) => key),
    [2],
    'those already acknowledged are passed over',
  )
})

t.test('at the limit of records nothing goes, one past it the oldest event goes, and without events the oldest result', async (t) => {
  const { outbox, append, keys } = opened(t, { maxRecords: 4 })
  append([1], [2, { kind: 'event' }], [3], [4, { kind: 'event' }])
  t.strictSame(keys(), [1, 2, 3, 4])
  append([5])
  t.strictSame(keys(), [1, 3, 4, 5])
  append([6], [7])
  t.strictSame(keys(), [3, 5, 6, 7])
  t.match(outbox.stats(), { records: 4, droppedEvents: 2, droppedResults: 1 })
  append([8, { kind: 'event' }])
  t.strictSame(keys(), [3, 5, 6, 7], 'an event never pushes a result out')
})

t.test('the limit of bytes counts topic and payload', async (t) => {
  const { outbox, append, keys } = opened(t, { maxBytes: 3 * weight('result') })
  append([1], [2], [3])
  t.match(outbox.stats(), { records: 3, bytes: 3 * weight('result'), droppedResults: 0 })
  append([4, { size: 21 }])
  t.strictSame(keys(), [3, 4], 'one byte more takes two out')
  t.match(outbox.stats(), { bytes: 2 * weight('result') + 1, droppedResults: 2 })
})

t.test('the limit of age spares records stamped by a clock that was never set', async (t) => {
  const { outbox, append, keys } = opened(t, { maxAgeMs: DAY_MS })
  append([1, { createdMs: NOW_MS - DAY_MS }], [2, { createdMs: NOW_MS - DAY_MS + 1 }])
  t.strictSame(keys(), [1, 2])
  outbox.commit([], [], NOW_MS + 1)
  t.strictSame(keys(), [2])
  t.match(outbox.stats(), { droppedResults: 1 })
  outbox.commit([], [2], NOW_MS)
  append([3, { createdMs: 5000 }])
  outbox.commit([], [], NOW_MS + 9 * DAY_MS)
  t.strictSame(keys(), [3])
})

t.test('acknowledged records go, their keys are not used again, and counts survive a restart', async (t) => {
  const { outbox, append, keys, file } = opened(t, { maxRecords: 2 })
  append([1], [2], [3])
  outbox.commit([], [3, 3, 99], NOW_MS)
  t.strictSame(keys(), [2])
  outbox.commit([], [2], NOW_MS)
  t.strictSame(outbox.stats(), { records: 0, bytes: 0, droppedEvents: 0, droppedResults: 1 })
  const again = openOutboxFile(file, wideLimits)
  t.teardown(() => again.close())
  t.strictSame(again.stats(), { records: 0, bytes: 0, droppedEvents: 0, droppedResults: 1 })
  t.strictSame(again.commit([[record(4)]], [], NOW_MS), [[4]])
})

t.test('the highest number of each instrument is noted with its result, and outlives it', async (t) => {
  const { outbox, file } = opened(t)
  t.equal(outbox.lastSeq('a'), null)
  const numbered = (seq: number, instrument = 'a') => ({ ...record(seq), of: { instrument, seq } })
  outbox.commit(
    [
      [numbered(4), numbered(7)],
      [numbered(6), numbered(2, 'b')],
    ],
    [],
    NOW_MS,
  )
  outbox.commit([[numbered(5)]], [1, 2, 3, 4], NOW_MS)
  const again = openOutboxFile(file, wideLimits)
  t.teardown(() => again.close())
  t.equal(again.lastSeq('a'), 7)
  t.equal(again.lastSeq('b'), 2)
})

t.test('a group of which one record cannot be written is not written at all, and does not block the next one', async (t) => {
  const { outbox, keys } = opened(t)
  t.throws(() => outbox.commit([[record(1)], [record(2, { createdMs: Number.NaN })]], [], NOW_MS))
  t.strictSame(keys(), [])
  t.match(outbox.stats(), { records: 0 })
  t.strictSame(outbox.commit([[record(3)]], [], NOW_MS), [[1]])
})
