import t from 'tap'
import { following } from '../../src/instruments/ticks.js'

t.test('the next tick and what passed meanwhile', async (t) => {
  const table: readonly [nowMs: number, nextMs: number, missed: number][] = [
    [1000, 1100, 0],
    [999.5, 1100, 0],
    [1099, 1100, 0],
    [1100, 1100, 0],
    [1100.1, 1200, 1],
    [1250, 1300, 2],
    [1300, 1300, 2],
  ]
  for (const [nowMs, nextMs, missed] of table) t.strictSame(following(1000, nowMs, 100), { nextMs, missed }, `until ${nowMs}`)
})
