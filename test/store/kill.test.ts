import { join } from 'node:path'
import t from 'tap'
import { openLocalStore } from '../support/local-store.js'
import { record } from '../support/records.js'
import { kill, startWriter } from '../support/store-child.js'

t.test('every append that resolved is there after kill -9, and the lock is free', async (t) => {
  const directory = join(t.testdir(), 'state')
  for (const round of [1, 2]) {
    const child = await startWriter(directory)
    const durable = new Map<number, string>()
    await new Promise<void>((resolve) => {
      child.on('message', (message: { key: number; payload: string }) => {
        durable.set(message.key, message.payload)
        if (durable.size === 150) resolve()
      })
    })
    await kill(child)
    const store = openLocalStore(directory)
    const found = new Map((await store.read(0, 100_000)).map(({ key, payload }) => [key, payload]))
    const lost = [...durable].filter(([key, payload]) => found.get(key) !== payload)
    t.strictSame(lost, [], `round ${round}`)
    const [next = 0] = await store.append([record(1)])
    t.ok(next > Math.max(...found.keys()), 'no key is used twice')
    t.equal((await store.stats()).records, found.size + 1, 'the books agree with the rows')
    await store.close()
  }
})

t.test('a second process is refused while the first lives', async (t) => {
  const directory = t.testdir()
  const child = await startWriter(directory)
  t.throws(() => openLocalStore(directory), { code: 'STATE_HELD', where: directory })
  await kill(child)
  const store = openLocalStore(directory)
  t.throws(() => openLocalStore(directory), { code: 'STATE_HELD' }, 'also within one process')
  await store.close()
})
