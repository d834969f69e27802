import { once } from 'node:events'
import { join } from 'node:path'
import { setImmediate, setTimeout } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { DatabaseSync } from '@photostructure/sqlite'
import t from 'tap'
import { openStore } from '../../src/store/open.js'
import { record, wideLimits } from '../support/records.js'
import { commitsIn } from '../support/wal.js'

/** Another program on the file of the outbox. */
const intruder = (directory: string) => new DatabaseSync(join(directory, 'outbox.db'), { timeout: 1000 })

t.test('what arrives while a commit runs goes together into the next one', async (t) => {
  const directory = t.testdir()
  const store = await openStore(directory, wideLimits)
  const before = commitsIn(join(directory, 'outbox.db-wal'))
  const other = intruder(directory)
  other.exec('BEGIN IMMEDIATE')
  const appends = [store.append([record(1)])]
  for (let n = 2; n <= 40; n++) {
    await setImmediate()
    appends.push(store.append([record(n), record(-n)]))
  }
  other.exec('COMMIT')
  other.close()
  const keys = (await Promise.all(appends)).flat()
  t.strictSame(
    keys,
    Array.from({ length: 79 }, (_, i) => i + 1),
    'in the order of the calls',
  )
  t.ok(commitsIn(join(directory, 'outbox.db-wal')) - before <= 2, 'at most the one that ran and one more')
  await store.close()
})

t.test('deletions ride with the next commit, or come by themselves; a read does not show them either way', async (t) => {
  const directory = t.testdir()
  const store = await openStore(directory, wideLimits)
  const other = intruder(directory)
  const rows = () =>
    other
      .prepare('SELECT key FROM records ORDER BY key')
      .all()
      .map(({ key }) => key)
  await store.append([record(1), record(2), record(3)])
  store.acknowledge(2)
  t.match(
    (await store.read(0, 2)).map(({ key }) => key),
    [1, 3],
  )
  t.strictSame(rows(), [1, 2, 3], 'no commit for it alone')
  await store.append([record(4)])
  t.strictSame(rows(), [1, 3, 4])
  store.acknowledge(1)
  while (rows().includes(1)) await setTimeout(50)
  store.acknowledge(3)
  await store.close()
  t.strictSame(rows(), [4], 'close commits what waits')
  other.close()
})

t.test('everything the agent remembers goes through the worker and back', async (t) => {
  const directory = t.testdir()
  const store = await openStore(directory, wideLimits)
  t.equal(await store.reserveSeq('a', 10), 1)
  t.strictSame(await Promise.all([store.reserveSeq('a', 1), store.reserveSeq('a', 1)]), [11, 12])
  await store.remember('t', 'r')
  t.equal(await store.reply('t'), 'r')
  t.equal(await store.reply('u'), null)
  t.strictSame(await store.references('a'), [])
  t.strictSame(await store.append([]), [])
  await Promise.all([store.close(), store.close()])
  await t.rejects(store.stats(), { code: 'STORE_FAILED', seen: 'the store is closed' })
  store.acknowledge(1)
})

/** A store and its thread. */
const opened = async (directory: string) => {
  const [[thread], store]: [unknown[], Awaited<ReturnType<typeof openStore>>] = await Promise.all([
    once(process, 'worker'),
    openStore(directory, wideLimits),
  ])
  if (!(thread instanceof Worker)) throw new TypeError('no thread was started')
  return { store, thread }
}

t.test('a thread that ends by itself is told, and so is everyone who waits; one that was closed is not', async (t) => {
  const directory = t.testdir()
  const { store, thread } = await opened(directory)
  const other = intruder(directory)
  // The commit waits for the lock of another program: the thread ends with it under way.
  other.exec('BEGIN IMMEDIATE')
  const told = t.rejects(async () => void (await store.append([record(1)])), { code: 'STORE_FAILED' })
  await thread.terminate()
  await told
  other.close()
  t.match(await store.lost, { code: 'STORE_FAILED', seen: 'its thread ended' })
  await store.close()

  const closed = await openStore(t.testdir(), wideLimits)
  await closed.close()
  t.equal(await Promise.race([closed.lost, setImmediate('nothing')]), 'nothing')
})
