import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { MAX_DENIED, phases, type SlotRecord, type Target } from '../../src/updates/contract.js'
import { MAX_REASON_CHARS, reason, reasonOf } from '../../src/updates/reason.js'
import { emptyRecord, MAX_RECORD_BYTES, RECORD_FILE, readRecord, writeRecord } from '../../src/updates/record.js'
import { memoryDisk } from '../support/memory-disk.js'

const FOLDER = '/state/models/default'
const newDisk = () => memoryDisk(new Map([[`${FOLDER}/a/bundle.s2m`, new Uint8Array()]]))
const hex = fc.stringMatching(/^[0-9a-f]{64}$/)
const version = fc.tuple(fc.nat(999), fc.nat(999), fc.nat(999)).map((parts) => parts.join('.'))

/** Whatever a signed list can give (listing.ts). */
const targets: fc.Arbitrary<Target> = fc
  .record(
    {
      line: fc.stringMatching(/^[a-z][a-z0-9-]{0,63}$/),
      id: fc.stringMatching(/^[a-z0-9-]{1,64}$/),
      version,
      sha256: hex,
      bytes: fc.nat(),
      seq: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
      rollout: fc.record(
        {
          percent: fc.double({ min: 0, max: 100, noNaN: true }).map((percent) => percent + 0),
          salt: fc.string({ minLength: 1, maxLength: 64 }),
        },
        { noNullPrototype: true },
      ),
      groups: fc.array(fc.stringMatching(/^[a-z0-9-]{1,64}$/), { maxLength: 8 }),
      minAgent: version,
    },
    { noNullPrototype: true, requiredKeys: ['line', 'id', 'version', 'sha256', 'bytes', 'seq', 'rollout', 'groups'] },
  )
  .map((target) => ({ ...target, path: `${target.line}/${target.id}/${target.sha256}.s2m` }))

t.test('whatever a signed list can give, an install of it goes on after a start', async (t) => {
  await fc.assert(
    fc.asyncProperty(targets, fc.constantFrom(...phases), async (target, phase) => {
      const disk = newDisk()
      const record: SlotRecord = { ...emptyRecord, phase, target, boot: 'boot-1' }
      await writeRecord(disk, FOLDER, record)
      const { record: read, damage } = await readRecord(disk, FOLDER)
      assert.equal(damage, null)
      assert.deepEqual(read, record)
    }),
    { numRuns: 50 },
  )
  t.pass('each of them')
})

t.test('the largest record that can come about can be read', async (t) => {
  const disk = newDisk()
  const name = 'g'.repeat(64)
  const sha256 = 'f'.repeat(64)
  const target: Target = {
    ...{ path: `${name}/${name}/${sha256}.s2m`, line: name, id: name, version: '999999999.999999999.999999999', sha256, bytes: 2 ** 40 },
    ...{ seq: Number.MAX_SAFE_INTEGER, rollout: { percent: 100 / 3, salt: '\u0001'.repeat(64) }, groups: Array.from({ length: 256 }, () => name) },
    minAgent: '999999999.999999999.999999999',
  }
  const side = { id: name, version: target.version, sha256, seq: target.seq }
  for (const why of [reason('ENGINE_FAILED', '\u0001'.repeat(10 ** 6)), reasonOf(new Error('\u0001'.repeat(10 ** 6)))]) {
    t.equal(why.text.length, MAX_REASON_CHARS)
    const record: SlotRecord = {
      ...{ format: 1, active: 'a', sides: { a: side, b: side }, phase: 'probation', target, starts: 1, boot: 'b'.repeat(64), reason: why },
      ...{ override: { kind: 'rollback', under: sha256 }, denied: Array.from({ length: MAX_DENIED }, () => sha256) },
    }
    await writeRecord(disk, FOLDER, record)
    const bytes = await disk.size(`${FOLDER}/${RECORD_FILE}`)
    t.ok(bytes !== null && bytes < MAX_RECORD_BYTES, `${bytes} of ${MAX_RECORD_BYTES} bytes`)
    t.strictSame(await readRecord(disk, FOLDER), { record, damage: null })
  }
})
