import t from 'tap'
import type { DesiredMessage } from '../../src/delivery/contract.js'
import { createOrders, MAX_DESIRED_BYTES } from '../../src/delivery/orders.js'
import { createTopics } from '../../src/delivery/topics.js'
import type { Failure } from '../../src/failures.js'

const begin = () => {
  const heard: DesiredMessage[] = []
  const told: Failure[] = []
  const orders = createOrders(createTopics('plant/a', 'box', ['docks', 'all']), (failure) => told.push(failure))
  orders.onDesired((message) => heard.push(message))
  const take = (topic: string, payload: string | Buffer, retained = true) =>
    orders.take({ topic, payload: Buffer.from(payload), retained, responseTopic: null, correlationData: null })
  return { heard, told, orders, take }
}

t.test('an order reaches the handler with its slot and its group, retained or live', async (t) => {
  const { heard, take } = begin()
  t.ok(take('plant/a/box/model/default/desired', '{"model":"a/b"}'))
  t.ok(take('plant/a/_group/docks/model/default/desired', 'x', false))
  t.ok(take('plant/a/box/model/nir-2/desired', ''))
  t.strictSame(
    heard.map(({ slot, group, payload }) => [slot, group, Buffer.from(payload).toString()]),
    [
      ['default', null, '{"model":"a/b"}'],
      ['default', 'docks', 'x'],
      ['nir-2', null, ''],
    ],
  )
})

t.test('what is no order of this agent or its groups is left to others', async (t) => {
  const { heard, take } = begin()
  for (const topic of [
    'plant/a/box/request/model/install',
    'plant/a/box/model/default/state',
    'plant/a/box/model/desired',
    'plant/a/box/model/a/b/desired',
    'plant/a/box/model/DEFAULT/desired',
    'plant/a/other/model/default/desired',
    'plant/a/_group/others/model/default/desired',
    'other/_group/docks/model/default/desired',
  ])
    t.notOk(take(topic, '{}'), topic)
  t.strictSame(heard, [])
})

t.test('a message too large for an order is dropped and counted, and told once for each topic', async (t) => {
  const { heard, told, orders, take } = begin()
  const topic = 'plant/a/box/model/default/desired'
  take(topic, Buffer.alloc(MAX_DESIRED_BYTES))
  t.equal(heard.length, 1)
  t.ok(take(topic, Buffer.alloc(MAX_DESIRED_BYTES + 1)), 'it is none of anybody else')
  take(topic, Buffer.alloc(MAX_DESIRED_BYTES + 2))
  t.equal(heard.length, 1)
  t.equal(orders.dropped, 2)
  t.match(told, [{ code: 'REQUEST_INVALID', seen: '4097 bytes', allowed: 'at most 4096 bytes' }])
  t.equal(told.length, 1)
})
