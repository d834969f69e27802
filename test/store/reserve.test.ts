import { existsSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { openFiles } from '../../src/store/files.js'
import { openStore } from '../../src/store/open.js'
import { RESERVE_BYTES, RESERVE_FILE, reserveIn } from '../../src/store/reserve.js'
import { openLocalStore } from '../support/local-store.js'
import { record, wideLimits } from '../support/records.js'
import { fill, smallDisk, withoutMount } from '../support/small-disk.js'

const MIB = 1024 * 1024
const ROOMY = 32 * MIB

/** A store that has run once, and has ended in order. In its thread: in this one SQLite holds its files until the last statement is collected. */
const used = async (directory: string): Promise<void> => {
  const store = await openStore(directory, wideLimits)
  await store.append([record(1)])
  await store.close()
}

t.test('where there is room, as much as is promised lies there, and it is not made again', async (t) => {
  const directory = t.testdir()
  const reserve = reserveIn(directory)
  await reserve.keep()
  const { size, blocks, mtimeMs } = statSync(join(directory, RESERVE_FILE))
  t.equal(size, RESERVE_BYTES)
  t.ok(blocks * 512 >= size, 'no holes')
  t.equal(reserve.spend(), false, 'the disk has room: it stays')
  await reserve.keep()
  t.equal(statSync(join(directory, RESERVE_FILE)).mtimeMs, mtimeMs)
  t.strictSame(readdirSync(directory), [RESERVE_FILE])
})

t.test('what is being made at a stop is given up, and nothing of it is left', async (t) => {
  const directory = t.testdir()
  const reserve = reserveIn(directory)
  const made = reserve.keep()
  reserve.stop()
  await made
  t.strictSame(readdirSync(directory), [])
})

t.test('on a small disk none is made', { skip: withoutMount }, async (t) => {
  const directory = smallDisk(t, 2 * RESERVE_BYTES)
  await reserveIn(directory).keep()
  t.strictSame(readdirSync(directory), [])
})

t.test(
  'a full disk without a reserve is a failure that says so, and what was stored is there when it has room again',
  { skip: withoutMount },
  async (t) => {
    const directory = smallDisk(t, 4 * MIB)
    await used(directory)
    fill(directory)
    t.throws(() => openLocalStore(directory), { code: 'STORE_FAILED', seen: /the disk is full: 0 bytes are free/, cure: 'make room on this disk' })
    rmSync(join(directory, 'somebody-elses.log'))
    const store = openLocalStore(directory)
    t.equal((await store.read(0, 10)).length, 1)
    await store.close()
  },
)

t.test(
  'a full disk at the start: the store opens in its reserve, and goes on as long as records are acknowledged',
  { skip: withoutMount },
  async (t) => {
    const directory = smallDisk(t, ROOMY)
    await used(directory)
    await reserveIn(directory).keep()
    fill(directory)
    const files = openFiles(directory, wideLimits, Date.now)
    t.equal(files.reserveSpent, true)
    t.notOk(existsSync(join(directory, RESERVE_FILE)))
    let refused = 0
    for (let n = 0; n < 3000; n++) {
      const [answer] = files.answer([{ id: n, call: { op: 'append', records: [record(n, { size: 1500 })] } }])
      if (answer?.failure) refused++
      if (Array.isArray(answer?.value)) files.acknowledge(answer.value)
    }
    t.equal(refused, 0)
    files.close()
    t.ok(statSync(join(directory, 'outbox.db')).size < RESERVE_BYTES)
  },
)

t.test('a disk that becomes full at work: the call that it refused is done in the reserve', { skip: withoutMount }, async (t) => {
  const directory = smallDisk(t, ROOMY)
  await used(directory)
  const files = openFiles(directory, wideLimits, Date.now)
  await files.keepReserve()
  fill(directory)
  let n = 0
  for (; !files.reserveSpent && n < 100; n++) {
    const answers = files.answer([
      { id: 2 * n, call: { op: 'append', records: [record(n, { size: 40_000 })] } },
      { id: 2 * n + 1, call: { op: 'setFact', name: 'n', value: `${n}` } },
    ])
    t.strictSame(
      answers.map(({ id, failure }) => [id, failure]).sort(),
      [
        [2 * n, null],
        [2 * n + 1, null],
      ].sort(),
    )
  }
  t.equal(files.reserveSpent, true)
  files.close()
  const store = openLocalStore(directory)
  t.equal((await store.read(0, 1000)).length, n + 1)
  t.equal(await store.fact('n'), `${n - 1}`)
  await store.close()
})
