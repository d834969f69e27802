import t from 'tap'
import { MAX_LINES } from '../../src/repository/delegate.js'
import { MAX_LINES as TAKEN } from '../../src/updates/limits.js'

t.test('a repository never gets more lines than its agents take', async (t) => {
  t.ok(MAX_LINES <= TAKEN, `${MAX_LINES} of ${TAKEN}`)
})
