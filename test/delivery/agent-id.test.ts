import t from 'tap'
import { defaultAgentId } from '../../src/delivery/agent-id.js'

const machine = '0123456789abcdef0123456789abcdef'

t.test('an id is the host name as a topic allows it and four digits of the machine', async (t) => {
  t.match(defaultAgentId('Dock_1.plant.example', machine), /^dock-1-plant-example-[0-9a-f]{4}$/)
  t.match(defaultAgentId('--Ä--', machine), /^agent-[0-9a-f]{4}$/, 'a name without a single usable letter')
  t.match(defaultAgentId('x'.repeat(300), machine), /^x{48}-[0-9a-f]{4}$/)
})

t.test('the same box keeps its id, another box with the same name gets another, and the machine id is not in it', async (t) => {
  t.equal(defaultAgentId('dock', machine), defaultAgentId('dock', machine))
  t.not(defaultAgentId('dock', machine), defaultAgentId('dock', machine.replace('0', '1')))
  t.notOk(machine.includes(defaultAgentId('dock', machine).slice(-4)))
})
