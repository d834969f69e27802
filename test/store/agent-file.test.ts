import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { Reference } from '../../src/spectrum/reference.js'
import { MAX_REFERENCES, MAX_TRANSACTIONS, openAgentFile } from '../../src/store/agent-file.js'

const reference = (n: number, kind: 'dark' | 'white' = 'dark', instrument = 'demo-1'): Reference => ({
  id: `${instrument}-${kind}-${n}`,
  kind,
  instrument,
  axis: '0123456789ab',
  integrationUs: 100_000,
  gain: null,
  binning: 2,
  averages: 4,
  temperatureC: -1.5,
  counts: Float64Array.of(n, 0.1, Number.NaN, 65_535),
  dark: kind === 'white' ? { id: 'dark-of-it', counts: Float64Array.of(1 / 3, 2) } : null,
  density: 0.3,
  time: '2026-06-01T00:00:00.000Z',
  endMs: 12.5,
  boot: 'boot-1',
  clockTrusted: n % 2 === 0,
})

const opened = (t: Test) => {
  const file = openAgentFile(join(t.testdir(), 'agent.db'))
  t.teardown(() => file.close())
  return file
}

t.test('sequence numbers are given once, in blocks, from 1, for each instrument', async (t) => {
  const file = opened(t)
  t.equal(file.reserveSeq('a', 100), 1)
  t.equal(file.reserveSeq('a', 5), 101)
  t.equal(file.reserveSeq('b', 5), 1)
  t.equal(file.reserveSeq('a', 1), 106)
})

t.test('references come back whole, newest first, the newest 64 of each kind', async (t) => {
  const file = opened(t)
  file.addReference(reference(0, 'white'))
  file.addReference(reference(0, 'dark', 'other'))
  for (let n = 1; n <= MAX_REFERENCES; n++) file.addReference(reference(n))
  t.equal(file.references('demo-1').length, MAX_REFERENCES + 1)
  file.addReference(reference(MAX_REFERENCES + 1))
  const kept = file.references('demo-1')
  t.equal(kept.length, MAX_REFERENCES + 1, 'one past the limit the oldest of its kind goes')
  t.strictSame(kept[0], reference(MAX_REFERENCES + 1))
  t.strictSame(kept.at(-1), reference(0, 'white'), 'a white keeps its dark')
  t.strictSame(kept.at(-2), reference(2))
  t.strictSame(file.references('other'), [reference(0, 'dark', 'other')])
})

t.test('the last 1,024 transactions are remembered', async (t) => {
  const file = opened(t)
  t.equal(file.reply('t-0'), null)
  file.database.exec('BEGIN')
  for (let n = 0; n < MAX_TRANSACTIONS; n++) file.remember(`t-${n}`, `reply ${n}`)
  t.equal(file.reply('t-0'), 'reply 0')
  file.remember('one more', '')
  file.database.exec('COMMIT')
  t.equal(file.reply('t-0'), null)
  t.equal(file.reply('t-1'), 'reply 1')
  t.equal(file.reply('one more'), '')
})

t.test('facts are replaced by name', async (t) => {
  const file = opened(t)
  t.equal(file.fact('floor'), null)
  file.setFact('floor', '1')
  file.setFact('floor', '2')
  t.equal(file.fact('floor'), '2')
})
