import t from 'tap'
import { Failure } from '../../src/failures.js'
import { withDeadline } from '../../src/links/deadline.js'

const never = new Promise<never>(() => {})

t.test('work in time gives its value or its own failure', async (t) => {
  t.equal(await withDeadline(Promise.resolve(5), 5000, 'here'), 5)
  await t.rejects(withDeadline(Promise.reject(new Failure('BAD_FRAME')), 5000, 'here'), { code: 'BAD_FRAME' })
})

t.test('work that does not end is DEADLINE, with the place and the time allowed', async (t) => {
  await t.rejects(withDeadline(never, 20, 'serial:/dev/x'), { code: 'DEADLINE', where: 'serial:/dev/x', seen: 'nothing within 20 ms' })
})

t.test('what fails after its deadline troubles nobody', async (t) => {
  let fail: (error: Error) => void = () => {}
  const late = new Promise<void>((_, reject) => {
    fail = reject
  })
  await t.rejects(withDeadline(late, 5, 'here'), { code: 'DEADLINE' })
  fail(new Error('late'))
  await new Promise((resolve) => setImmediate(resolve))
  t.pass('no unhandled rejection ended the process')
})

t.test('work in time leaves no timer behind', async (t) => {
  const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length
  const before = timers()
  await withDeadline(Promise.resolve(), 60_000, 'here')
  t.equal(timers(), before)
})
