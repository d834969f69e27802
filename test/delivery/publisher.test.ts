import t from 'tap'
import type { Refusal } from '../../src/delivery/message.js'
import { createPublisher, MAX_QUEUED, MAX_RESTING, PAGE_RECORDS, REFUSED_RETRY_MS, REST_MS } from '../../src/delivery/publisher.js'
import type { OutboxRecord } from '../../src/store/contract.js'
import { manualClock } from '../support/manual-clock.js'
import { record } from '../support/records.js'

const QUOTA = { reason: 151 }
const NOT_AUTHORIZED = { reason: 135 }

/** A publisher on a store in memory, whose messages the test takes one by one. */
const begin = (backlog = 0) => {
  const clock = manualClock()
  const rows = new Map<number, OutboxRecord>()
  let nextKey = 1
  let reads = 0
  let broken = false
  const refusals: string[] = []
  const put = (count: number, dropped = false): readonly OutboxRecord[] => {
    const added = Array.from({ length: count }, () => ({ ...record(nextKey), key: nextKey++ }))
    if (!dropped) for (const row of added) rows.set(row.key, row)
    return added
  }
  put(backlog)
  const publisher = createPublisher({
    store: {
      async read(afterKey, limit) {
        reads += 1
        if (broken) throw new Error('the disk')
        return [...rows.values()].filter(({ key }) => key > afterKey).slice(0, limit)
      },
      acknowledge: (key) => void rows.delete(key),
    },
    clock,
    signal: new AbortController().signal,
    pump: () => {},
    refused: ({ reason }, topic) => refusals.push(`${reason} ${topic}`),
  })
  /** Takes what the publisher gives now; returns how to settle each, by number. */
  const take = (most = Number.POSITIVE_INFINITY) => {
    const given = new Map<number, (refusal: Refusal | null) => void>()
    while (given.size < most) {
      const next = publisher.next()
      if (next === null) break
      given.set(Number(next.message.payload), next.settled)
    }
    return given
  }
  /** Takes and acknowledges until nothing comes any more. */
  const drain = async () => {
    const order: number[] = []
    for (;;) {
      await clock.advance(0)
      const given = take()
      if (given.size === 0) return order
      for (const [n, settled] of given) {
        order.push(n)
        settled(null)
      }
    }
  }
  const setBroken = (value: boolean) => {
    broken = value
  }
  return { clock, publisher, rows, put, take, drain, refusals, reads: () => reads, setBroken }
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i)

t.test('nothing is given before there is a connection', async (t) => {
  const { clock, publisher, put, take } = begin(3)
  publisher.committed(put(2))
  await clock.advance(0)
  t.equal(take().size, 0)
})

t.test('the backlog goes out in the order of keys, page by page, and then what is committed, straight from memory', async (t) => {
  const { publisher, put, drain, take, reads, rows } = begin(PAGE_RECORDS * 3 + 5)
  publisher.reset()
  t.strictSame(await drain(), range(1, PAGE_RECORDS * 3 + 5))
  t.equal(rows.size, 0, 'all of it left the outbox')
  const before = reads()
  const first = PAGE_RECORDS * 3 + 6
  publisher.committed(put(2))
  t.strictSame([...take().keys()], [first, first + 1], 'at once')
  t.equal(reads(), before, 'without a look into the store')
})

t.test('records committed while the backlog goes out keep their place behind it', async (t) => {
  const { clock, publisher, put, take, drain } = begin(PAGE_RECORDS)
  publisher.reset()
  await clock.advance(0)
  const early = take(10)
  publisher.committed(put(5))
  for (const settled of early.values()) settled(null)
  t.strictSame(await drain(), range(11, PAGE_RECORDS + 5))
})

t.test('a record that the limits dropped at once does not hold up the next ones', async (t) => {
  const { publisher, put, drain } = begin(2)
  publisher.reset()
  publisher.committed(put(1, true))
  t.strictSame(await drain(), [1, 2])
  publisher.committed(put(1))
  t.strictSame(await drain(), [4])
})

t.test('memory holds no more than its limit; the rest waits in the store and keeps its order', async (t) => {
  const { publisher, put, drain } = begin()
  publisher.reset()
  await drain()
  publisher.committed(put(MAX_QUEUED + 300))
  t.strictSame(await drain(), range(1, MAX_QUEUED + 300))
})

t.test('a record leaves the outbox on acknowledgement alone; after a lost connection the others are sent again', async (t) => {
  const { clock, publisher, rows, take, drain } = begin(4)
  publisher.reset()
  await clock.advance(0)
  const given = take()
  given.get(2)?.(null)
  t.strictSame([...rows.keys()], [1, 3, 4])
  publisher.reset()
  t.strictSame(await drain(), [1, 3, 4])
  t.equal(publisher.acknowledged, 4)
})

t.test('one refused message rests and the others go on; it is sent again after a minute', async (t) => {
  const { clock, publisher, put, rows, take, drain, refusals } = begin(3)
  publisher.reset()
  await clock.advance(0)
  const given = take()
  given.get(1)?.(null)
  given.get(2)?.(NOT_AUTHORIZED)
  given.get(3)?.(null)
  publisher.committed(put(1))
  t.strictSame(await drain(), [4])
  t.strictSame([...rows.keys()], [2], 'kept')
  t.strictSame(refusals, ['135 base/agent/result'])
  await clock.advance(REFUSED_RETRY_MS - 1)
  t.equal(take().size, 0)
  await clock.advance(1)
  t.strictSame(await drain(), [2])
})

t.test('where the broker refuses whatever comes, nothing is sent for a while, then all of it in order', async (t) => {
  const { clock, publisher, put, take, drain, rows } = begin(3)
  publisher.reset()
  await clock.advance(0)
  const given = take(2)
  given.get(2)?.(QUOTA)
  given.get(1)?.(QUOTA)
  publisher.committed(put(1))
  t.equal(take().size, 0, 'rests')
  await clock.advance(REST_MS)
  t.strictSame(await drain(), [1, 2, 3, 4])
  t.equal(rows.size, 0)
})

t.test('what is in flight while a rest ends is not sent twice', async (t) => {
  const { clock, publisher, take } = begin(3)
  publisher.reset()
  await clock.advance(0)
  const given = take()
  given.get(1)?.(QUOTA)
  await clock.advance(REST_MS)
  t.strictSame([...take().keys()], [1], 'two and three still wait for their PUBACK')
})

t.test('at the limit of resting messages the next refusal lets all rest', async (t) => {
  const { clock, publisher, take, put } = begin(MAX_RESTING + 2)
  publisher.reset()
  let refused = 0
  while (refused < MAX_RESTING) {
    await clock.advance(0)
    for (const settled of take(MAX_RESTING - refused).values()) {
      settled(NOT_AUTHORIZED)
      refused += 1
    }
  }
  await clock.advance(0)
  const more = take(1)
  t.equal(more.size, 1, 'at the limit it goes on')
  more.get(MAX_RESTING + 1)?.(NOT_AUTHORIZED)
  publisher.committed(put(1))
  await clock.advance(0)
  t.equal(take().size, 0)
})

t.test('a store that cannot be read for a while is asked again', async (t) => {
  const { clock, publisher, drain, setBroken } = begin(2)
  setBroken(true)
  publisher.reset()
  t.strictSame(await drain(), [])
  setBroken(false)
  await clock.advance(1000)
  t.strictSame(await drain(), [1, 2])
})

t.test('after close nothing new is given, and what is under way is still taken off', async (t) => {
  const { clock, publisher, rows, take } = begin(3)
  publisher.reset()
  await clock.advance(0)
  const given = take(1)
  publisher.close()
  t.equal(take().size, 0)
  given.get(1)?.(null)
  t.strictSame([...rows.keys()], [2, 3])
})
