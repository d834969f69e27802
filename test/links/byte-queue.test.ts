import t from 'tap'
import { Failure } from '../../src/failures.js'
import { createByteQueue } from '../../src/links/byte-queue.js'

const drain = async (chunks: AsyncIterable<Uint8Array>): Promise<number[]> => {
  const all: number[] = []
  for await (const part of chunks) all.push(...part)
  return all
}

t.test('pieces come out in order, before and after somebody waits', async (t) => {
  const queue = createByteQueue()
  const reader = queue.chunks[Symbol.asyncIterator]()
  queue.push(Uint8Array.of(1, 2))
  t.strictSame((await reader.next()).value, Uint8Array.of(1, 2))
  const waiting = reader.next()
  queue.push(new Uint8Array(0))
  queue.push(Uint8Array.of(3))
  t.strictSame((await waiting).value, Uint8Array.of(3), 'an empty piece is none')
})

t.test('at its limit nothing is lost; one byte past it the oldest piece goes, and is counted', async (t) => {
  const queue = createByteQueue(4)
  for (const value of [1, 2]) queue.push(Uint8Array.of(value, value))
  t.equal(queue.dropped(), 0)
  queue.push(Uint8Array.of(3))
  t.equal(queue.dropped(), 2)
  queue.end(null)
  t.strictSame(await drain(queue.chunks), [2, 2, 3])
})

t.test('what was read makes room again', async (t) => {
  const queue = createByteQueue(2)
  const reader = queue.chunks[Symbol.asyncIterator]()
  for (let i = 0; i < 10; i++) {
    queue.push(Uint8Array.of(i, i))
    await reader.next()
  }
  t.equal(queue.dropped(), 0)
})

t.test('a piece larger than the whole limit is dropped and counted', async (t) => {
  const queue = createByteQueue(2)
  queue.push(Uint8Array.of(1, 2, 3))
  queue.end(null)
  t.strictSame([await drain(queue.chunks), queue.dropped()], [[], 3])
})

t.test('after the end come the rest, then the first reason given, each time', async (t) => {
  const queue = createByteQueue()
  queue.push(Uint8Array.of(9))
  queue.end(new Failure('PORT_GONE', { where: 'first' }))
  queue.end(null)
  queue.push(Uint8Array.of(10))
  const reader = queue.chunks[Symbol.asyncIterator]()
  t.strictSame((await reader.next()).value, Uint8Array.of(9))
  await t.rejects(reader.next(), { code: 'PORT_GONE', where: 'first' })
  await t.rejects(reader.next(), { code: 'PORT_GONE', where: 'first' })
})

t.test('the end wakes a reader that waits', async (t) => {
  const queue = createByteQueue()
  const waiting = queue.chunks[Symbol.asyncIterator]().next()
  queue.end(null)
  t.strictSame(await waiting, { done: true, value: undefined })
})
