import t from 'tap'
import { createIds } from '../../src/station/ids.js'

t.test('ids are ULIDs, rise, and differ between two sources', async (t) => {
  const [one, other] = [createIds(), createIds()]
  const ids = Array.from({ length: 2000 }, one)
  t.ok(ids.every((id) => /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/.test(id)))
  t.strictSame([...ids].sort(), ids)
  t.equal(new Set([...ids, ...Array.from({ length: 2000 }, other)]).size, 4000)
})
