import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from '@photostructure/sqlite'
import t from 'tap'
import { MAX_RECORD_BYTES } from '../../src/store/client.js'
import { openLocalStore } from '../support/local-store.js'
import { record } from '../support/records.js'

/** Another program on the file of the outbox. */
const intruder = (directory: string) => new DatabaseSync(join(directory, 'outbox.db'), { timeout: 1000 })

t.test('a commit that fails rejects its calls, leaves nothing half written, and the store goes on', async (t) => {
  const directory = t.testdir()
  const store = openLocalStore(directory)
  const other = intruder(directory)
  other.exec('BEGIN IMMEDIATE')
  const failed = store.append([record(1), record(2)])
  const floor = store.setFact('floor', '7')
  await t.rejects(failed, { code: 'STORE_FAILED', where: join(directory, 'outbox.db'), cure: /end it/ })
  await floor
  other.exec('COMMIT')
  other.close()
  t.strictSame(await store.append([record(3)]), [1])
  t.match(await store.read(0, 10), [{ payload: record(3).payload }])
  t.match(await store.stats(), { records: 1 })
  t.equal(await store.fact('floor'), '7', 'the other file was not concerned')
  await store.close()
})

t.test('a corrupt outbox is set aside and the start goes on; the rest is as before', async (t) => {
  const directory = t.testdir()
  const first = openLocalStore(directory)
  await first.append([record(1)])
  await first.setFact('floor', '7')
  t.equal(first.setAside, null)
  await first.close()
  writeFileSync(join(directory, 'outbox.db'), 'not a database at all'.repeat(1000))
  const store = openLocalStore(directory)
  t.match(store.setAside, /outbox\.db\.corrupt-\d{8}T\d{9}Z$/)
  t.match(readFileSync(store.setAside ?? '', 'utf8'), /not a database/)
  t.strictSame(await store.read(0, 10), [])
  t.strictSame(await store.append([record(2)]), [1])
  t.equal(await store.fact('floor'), '7')
  await store.close()
})

t.test('an outbox that turns out corrupt while running is set aside without a lost append', async (t) => {
  const directory = t.testdir()
  const store = openLocalStore(directory)
  const before = await store.append(Array.from({ length: 20_000 }, (_, n) => record(n, { size: 900 })))
  await store.close()
  // Later pages: the head of the queue is sound, and the file too large to be checked whole at the start.
  const file = join(directory, 'outbox.db')
  const bytes = readFileSync(file)
  bytes.fill(0xa5, bytes.length / 2)
  writeFileSync(file, bytes)
  const again = openLocalStore(directory)
  t.equal(again.setAside, null, 'not seen yet')
  t.strictSame(await again.read(0, 20_000), [], 'a read finds it')
  t.ok(existsSync(again.setAside ?? ''))
  t.strictSame(await again.append([record(1)]), [before.length + 1], 'a late acknowledgement of an old key cannot hit a new record')
  await again.close()
})

t.test('no more than three corrupt outboxes are kept', async (t) => {
  const directory = t.testdir({ 'outbox.db.corrupt-20200101T000000000Z': 'a', 'outbox.db.corrupt-20200101T000000000Z-wal': 'a' })
  for (const year of [2021, 2022, 2023]) writeFileSync(join(directory, `outbox.db.corrupt-${year}0101T000000000Z`), 'b')
  writeFileSync(join(directory, 'outbox.db'), 'x'.repeat(5000))
  const store = openLocalStore(directory)
  await store.close()
  const kept = readdirSync(directory).filter((name) => name.includes('corrupt'))
  t.match(kept, [/-2022/, /-2023/, /-20\d\d/])
  t.equal(kept.length, 3)
})

t.test('a corrupt agent.db is refused: sequence numbers must not start again by themselves', async (t) => {
  const directory = t.testdir({ 'agent.db': 'y'.repeat(5000) })
  t.throws(() => openLocalStore(directory), {
    code: 'STORE_FAILED',
    where: join(directory, 'agent.db'),
    seen: /damaged/,
    cure: /restore a backup/,
  })
  t.equal(statSync(join(directory, 'agent.db')).size, 5000, 'it is left as it is')
})

t.test('a folder that cannot be made is refused with a cure', async (t) => {
  const directory = join(t.testdir({ file: 'text' }), 'file', 'state')
  t.throws(() => openLocalStore(directory), { code: 'STORE_FAILED', cure: /state\.directory/ })
})

t.test('a file of a newer version is left alone', async (t) => {
  const directory = t.testdir()
  await openLocalStore(directory).close()
  const other = intruder(directory)
  other.exec('PRAGMA user_version = 2')
  other.close()
  t.throws(() => openLocalStore(directory), { code: 'STORE_FAILED', seen: /newer version/ })
})

t.test('a message past the limit of bytes is refused, one at the limit is not', async (t) => {
  const directory = join(t.testdir(), 'made', 'by the store')
  const store = openLocalStore(directory)
  t.ok(existsSync(directory))
  const room = MAX_RECORD_BYTES - record(1).topic.length
  t.strictSame(await store.append([record(1, { size: room })]), [1])
  await t.rejects(store.append([record(1, { size: room + 1 })]), { code: 'DATA_INVALID' })
  await store.close()
})
