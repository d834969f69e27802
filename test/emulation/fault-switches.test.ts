import t from 'tap'
import { createFaultSwitches } from '../../src/emulation/fault-switches.js'

const faults = { silent: 'says nothing', late: 'says it late' } as const

t.test('a fault is off until switched on, and then lasts until heal', async (t) => {
  const switches = createFaultSwitches(faults)
  t.notOk(switches.take('silent'))
  switches.misbehave('silent')
  for (let i = 0; i < 100; i++) t.ok(switches.take('silent'))
  t.notOk(switches.take('late'), 'the others stay off')
  switches.heal()
  t.notOk(switches.take('silent'))
})

t.test('a fault with a count is gone after that many occasions', async (t) => {
  const switches = createFaultSwitches(faults)
  switches.misbehave('late', 2)
  t.strictSame([switches.take('late'), switches.take('late'), switches.take('late')], [true, true, false])
})

t.test('a name that is not in the table and a count that is none are refused', async (t) => {
  const { misbehave } = createFaultSwitches(faults)
  t.throws(() => misbehave('toString'), { code: 'USAGE', seen: 'toString', allowed: 'silent, late' })
  for (const times of [0, -1, 1.5, Number.NaN]) t.throws(() => misbehave('late', times), { code: 'USAGE', where: 'fault late' })
})
