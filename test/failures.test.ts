import t from 'tap'
import { asFailure, Failure, failures, isFailure } from '../src/failures.js'

/** Exit codes that DESIGN section 11 names; 0 belongs to a stop on request alone. */
const contract = [64, 65, 69, 70, 74, 75, 77, 78]

t.test('every code has an exit code of the contract and a text', async (t) => {
  for (const [code, { exit, text }] of Object.entries(failures)) {
    t.ok(code === 'ABORTED' ? exit === 0 : contract.includes(exit), `${code}: ${exit}`)
    t.match(text, /^[a-z]/)
  }
})

t.test('a message holds where, what was seen, what is allowed and what to do, in this order', async (t) => {
  const { message } = new Failure('DATA_INVALID', { where: 'row 3', seen: 'NaN', allowed: 'numbers', cure: 'mend the row' })
  t.equal(message, 'row 3: the data cannot be used; seen: NaN; allowed: numbers; what to do: mend the row')
})

t.test('anything thrown becomes a failure that keeps its cause, and a failure stays itself', async (t) => {
  const cause = new Error('disk')
  const failure = asFailure(cause, 'STORE_FAILED', 'outbox')
  t.equal(failure.cause, cause)
  t.ok(isFailure(failure, 'STORE_FAILED', 'DEADLINE'))
  t.notOk(isFailure(failure, 'DEADLINE'))
  t.equal(asFailure(failure, 'INVARIANT'), failure)
})
