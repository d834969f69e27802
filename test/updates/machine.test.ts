import t from 'tap'
import type { Phase, SlotRecord, Target } from '../../src/updates/contract.js'
import { MAX_DENIED } from '../../src/updates/contract.js'
import { deny } from '../../src/updates/deny.js'
import { type Event, fail, next, resume, starting, stopping, without } from '../../src/updates/machine.js'
import { reason } from '../../src/updates/reason.js'
import { emptyRecord } from '../../src/updates/record.js'

const target: Target = {
  ...{ path: 'lab/tiny/x.s2m', line: 'lab', id: 'tiny', version: '1.1.0', sha256: 'a'.repeat(64), bytes: 10, seq: 1 },
  ...{ rollout: { percent: 100, salt: '' }, groups: [] },
}
const old = { id: 'tiny', version: '1.0.0', sha256: 'b'.repeat(64), seq: 0 }
const boot = 'boot-1'
const fetching: SlotRecord = {
  ...emptyRecord,
  active: 'b',
  sides: { a: { ...old, sha256: 'c'.repeat(64) }, b: old },
  phase: 'fetching',
  target,
  boot,
}
const way: readonly Event[] = [
  { kind: 'fetched', from: '/m' },
  ...(['staged', 'checked', 'selftested', 'shadowed', 'stood'] as const).map((kind) => ({ kind })),
]
const after = (events: number, from = fetching) => way.slice(0, events).reduce((record, event) => next(record, event, boot).record, from)

t.test('an install goes through every state, asks for one work in each, and answers only from probation on', async (t) => {
  let record = fetching
  const seen = way.map((event) => {
    const step = next(record, event, boot)
    record = step.record
    return [record.phase, step.effects.map((effect) => effect.do).join(), record.active, record.sides.a?.version ?? null]
  })
  t.strictSame(seen, [
    ['verified', 'stage', 'b', null],
    ['staged', 'check', 'b', '1.1.0'],
    ['selftest', 'selftest', 'b', '1.1.0'],
    ['shadow', 'shadow', 'b', '1.1.0'],
    ['probation', 'answer,watch', 'a', '1.1.0'],
    ['committed', '', 'a', '1.1.0'],
  ])
  t.strictSame(record.sides.b, old, 'the one before stays until the next install')
})

t.test('an event that the phase does not wait for changes nothing', async (t) => {
  for (const [i, wrong] of way.entries())
    for (const [at, event] of way.entries()) {
      if (at === i) continue
      const record = after(i)
      t.strictSame(next(record, event, boot), { record, effects: [] }, `${record.phase}: ${event.kind} instead of ${wrong.kind}`)
    }
  t.strictSame(next(emptyRecord, { kind: 'failed', reason: reason('NOT_FINITE') }, boot).record, emptyRecord)
})

t.test('a cause in the model denies the bundle, one in the machine keeps it for another attempt, an order does neither', async (t) => {
  for (const events of [0, 1, 2, 3, 4, 5]) {
    const record = after(events)
    const ends: Phase = events < 4 ? 'rejected' : 'rolled-back'
    for (const code of ['NOT_FINITE', 'DISK_FULL', 'ABORTED'] as const) {
      const step = fail(record, reason(code), boot)
      t.equal(step.record.phase, ends, `${record.phase} ${code}`)
      t.equal(step.record.active, 'b', 'the one before answers')
      t.equal(step.record.sides.a?.sha256 ?? null, events === 0 ? 'c'.repeat(64) : null, 'what failed is not kept')
      t.strictSame(step.record.denied, code === 'NOT_FINITE' ? [target.sha256] : [])
      t.strictSame(step.record.target, code === 'DISK_FULL' ? target : null)
      const wanted = [...(events === 5 ? ['answer'] : []), ...(code === 'DISK_FULL' ? ['retry'] : [])]
      t.strictSame(
        step.effects.map((effect) => effect.do),
        wanted,
      )
    }
  }
  const again = next(fail(after(3), reason('DISK_FULL'), boot).record, { kind: 'retry' }, boot)
  t.match(again, { record: { phase: 'fetching', target }, effects: [{ do: 'fetch', target }] })
  const never = fail(after(3), reason('NOT_FINITE'), boot).record
  t.strictSame(next(never, { kind: 'retry' }, boot), { record: never, effects: [] })
})

t.test('two crashes in one boot deny a bundle on trial; a power cut among them does not, an orderly stop does not count', async (t) => {
  for (const events of [3, 4, 5]) {
    const record = after(events)
    const once = starting(record, boot)
    t.match(once, { phase: record.phase, starts: 1 })
    t.match(starting(once, boot), { reason: { code: 'CRASHED' }, active: 'b', denied: [target.sha256] })
    t.match(starting(once, 'boot-2'), { reason: { code: 'POWER' }, active: 'b', denied: [], target })
    let stopped = record
    for (let i = 0; i < 5; i++) stopped = starting(stopping(stopped), `boot-${i}`)
    t.match(stopped, { phase: record.phase, starts: 0 })
  }
  for (const events of [0, 1, 2]) t.equal(starting(starting(after(events), boot), boot).starts, 0, 'not on trial yet')
  t.equal(starting(after(6), 'boot-9').phase, 'committed')
})

t.test('a start goes on with the work of its phase, from the transfer where nothing is staged', async (t) => {
  const goes = [0, 1, 2, 3, 4, 5, 6].map((events) => {
    const { record, effects } = resume(after(events), boot)
    return [record.phase, effects.map((effect) => effect.do).join()]
  })
  t.strictSame(goes, [
    ['fetching', 'fetch'],
    ['fetching', 'fetch'],
    ['staged', 'check'],
    ['selftest', 'selftest'],
    ['shadow', 'shadow'],
    ['probation', 'watch'],
    ['committed', ''],
  ])
  t.match(resume(fail(after(3), reason('DISK_FULL'), boot).record, boot).effects, [{ do: 'retry' }])
})

t.test('a damaged side is stepped back from, and never blames the one on trial for the one that answers', async (t) => {
  const why = reason('SIDE_DAMAGED')
  const committed = after(6)
  t.match(without(committed, 'a', why, boot), { active: 'b', phase: 'rolled-back', sides: { a: null, b: old }, denied: [] })
  t.match(without(committed, 'b', why, boot), { active: 'a', phase: 'committed', sides: { b: null } })
  t.match(without(without(committed, 'b', why, boot), 'a', why, boot), { active: null, sides: { a: null, b: null } })
  t.match(without(after(5), 'a', reason('NOT_FINITE'), boot), { active: 'b', phase: 'rolled-back', denied: [target.sha256] })
  t.match(without(after(5), 'b', why, boot), { active: 'a', phase: 'probation', sides: { b: null } })
  t.match(without(after(3), 'b', reason('NOT_FINITE'), boot), { active: null, phase: 'rolled-back', sides: { a: null, b: null }, denied: [], target })
  t.match(without(fetching, 'b', why, boot), { active: 'a', phase: 'fetching' })
})

t.test('the deny list holds each bundle once and forgets the oldest', async (t) => {
  const hash = (i: number) => i.toString(16).padStart(64, '0')
  const full = Array.from({ length: MAX_DENIED + 3 }, (_, i) => hash(i)).reduce<readonly string[]>(deny, [])
  t.equal(full.length, MAX_DENIED)
  t.equal(full[0], hash(3))
  t.strictSame(deny(['a', 'b'], 'a'), ['b', 'a'])
})
