import t from 'tap'
import type { Response } from '../../src/delivery/contract.js'
import { createDispatch, verbs } from '../../src/requests/dispatch.js'
import { slotStateSchema } from '../../src/updates/state.js'
import { notedOrders, quietState } from '../support/model-orders.js'

const bench = (slots: readonly string[], refuse: string | null = null) => {
  const taken: string[] = []
  const kept = new Map<string, string>()
  const dispatch = createDispatch(
    { targets: () => [], models: notedOrders(slots, taken, refuse) },
    {
      reply: async (key) => kept.get(key) ?? null,
      remember: async (key, reply) => {
        kept.set(key, reply)
      },
    },
  )
  const ask = (verb: string, content: unknown = {}, transaction: string | null = null): Promise<Response> => dispatch({ verb, content, transaction })
  return { ask, taken }
}
const simple = ['check', 'commit', 'rollback', 'pin', 'abort'] as const

t.test('each verb reaches the slot that it names, and the response is how the slot stands', async (t) => {
  const { ask, taken } = bench(['default', 'nir'])
  for (const verb of simple) {
    const { status, data, error } = await ask(`model/${verb}`, { slot: 'nir' })
    t.strictSame({ status, data, error }, { status: 'ok', data: quietState, error: null }, verb)
    t.ok(slotStateSchema.safeParse(data).success)
  }
  t.strictSame(
    taken,
    simple.map((verb) => `${verb} nir`),
  )
})

t.test('an install takes the model, and the version or SHA-256 that it must be', async (t) => {
  const { ask, taken } = bench(['default'])
  const sha256 = 'ab'.repeat(32)
  t.equal((await ask('model/install', { model: 'tablets/dose' })).status, 'ok')
  t.equal((await ask('model/install', { slot: 'default', model: 'tablets/dose', version: '1.2.0' })).status, 'ok')
  t.equal((await ask('model/install', { model: 'tablets/dose', sha256 })).status, 'ok')
  t.strictSame(taken, [
    'install default {"model":"tablets/dose"}',
    'install default {"model":"tablets/dose","version":"1.2.0"}',
    `install default {"model":"tablets/dose","sha256":"${sha256}"}`,
  ])
  for (const content of [{}, { model: '' }, { model: 'dose' }, { model: 'tablets/dose', sha256: 'ab' }, { model: 'tablets/dose', versions: '1.0.0' }])
    t.match(
      await ask('model/install', content),
      { status: 'error', error: { code: 'REQUEST_INVALID', message: /LINE\/ID/ } },
      JSON.stringify(content),
    )
  t.equal(taken.length, 3)
})

t.test('the slot may be left out where there is one; else those that are there are named', async (t) => {
  const one = bench(['default'])
  t.equal((await one.ask('model/check')).status, 'ok')
  t.match(await one.ask('model/check', { slot: 'nir' }), {
    status: 'error',
    error: { code: 'REQUEST_INVALID', message: /seen: "nir"; allowed: default/ },
  })
  const two = bench(['default', 'nir'])
  t.match(await two.ask('model/pin'), { error: { code: 'REQUEST_INVALID', message: /several configured; allowed: default, nir/ } })
  t.match(await bench([]).ask('model/pin'), { error: { code: 'REQUEST_INVALID', message: /no slot is configured.*"models"/ } })
  t.strictSame(one.taken, ['check default'])
  t.strictSame(two.taken, [])
})

t.test('a transaction of a verb is run once, the same word under another verb is another', async (t) => {
  const { ask, taken } = bench(['default'])
  const [first, joined] = await Promise.all([ask('model/rollback', {}, 'x'), ask('model/rollback', {}, 'x')])
  t.strictSame([joined, await ask('model/rollback', {}, 'x')], [first, first])
  await ask('model/pin', {}, 'x')
  t.strictSame(taken, ['rollback default', 'pin default'])
})

t.test('what a slot refuses is the response, and a refused transaction is remembered', async (t) => {
  const { ask } = bench(['default'], 'commit')
  t.match(await ask('model/commit', {}, 'x'), { status: 'error', data: null, transaction: 'x', error: { code: 'REQUEST_INVALID' } })
  t.match(await ask('model/commit', {}, 'x'), { status: 'error', transaction: 'x' })
})

t.test('every verb of models says in a sentence what it does', async (t) => {
  const models = Object.entries(verbs).filter(([name]) => name.startsWith('model/'))
  t.strictSame(
    models.map(([name]) => name),
    ['install', ...simple].map((verb) => `model/${verb}`),
  )
  for (const [name, { summary }] of models) t.match(summary, /^[a-z].{20,}/, name)
})
