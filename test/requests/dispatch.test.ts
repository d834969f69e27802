import t from 'tap'
import type { Response } from '../../src/delivery/contract.js'
import { Failure } from '../../src/failures.js'
import { createDispatch, MAX_UNDER_WAY } from '../../src/requests/dispatch.js'
import type { RequestTarget } from '../../src/requests/verb.js'
import type { Reference } from '../../src/spectrum/reference.js'
import { notedOrders } from '../support/model-orders.js'

const reference = (kind: 'dark' | 'white', density: number): Reference => ({
  id: `01${kind}`,
  kind,
  instrument: 'one',
  axis: 'aaaaaaaaaaaa',
  integrationUs: 100_000,
  gain: null,
  binning: null,
  averages: 1,
  temperatureC: null,
  counts: Float64Array.of(1000, 1001),
  dark: null,
  density,
  time: '2026-01-01T00:00:00.000Z',
  endMs: 0,
  boot: 'b',
  clockTrusted: true,
})

const bench = (ids: readonly string[] = ['one']) => {
  const taken: string[] = []
  const kept = new Map<string, string>()
  let hold: Promise<void> = Promise.resolve()
  const targets: RequestTarget[] = ids.map((id) => ({
    id,
    async takeReference(kind, density) {
      taken.push(`${id}:${kind}:${density}`)
      await hold
      return reference(kind, density)
    },
    async measure() {
      throw new Failure('NO_ANSWER', { where: id })
    },
  }))
  const dispatch = createDispatch(
    { targets: () => targets, models: notedOrders([]) },
    {
      reply: async (key) => kept.get(key) ?? null,
      remember: async (key, reply) => {
        kept.set(key, reply)
      },
    },
  )
  const ask = (verb: string, content: unknown = {}, transaction: string | null = null): Promise<Response> => dispatch({ verb, content, transaction })
  return {
    ask,
    taken,
    kept,
    holdUntil: (promise: Promise<void>) => {
      hold = promise
    },
  }
}

t.test('a dark is taken on the only instrument and the response tells of it without its counts', async (t) => {
  const { ask, taken } = bench()
  const response = await ask('dark', {}, 'a1')
  t.match(response, { status: 'ok', error: null, transaction: 'a1', data: { reference: '01dark', meanCounts: 1000.5 } })
  t.strictSame(taken, ['one:dark:0'])
})

t.test('the density of a white is passed on, and one out of range is refused with what is allowed', async (t) => {
  const { ask, taken } = bench()
  t.equal((await ask('white', { density: 2.3 })).status, 'ok')
  const refused = await ask('white', { density: 6.5 })
  t.match(refused, { status: 'error', error: { code: 'REQUEST_INVALID', message: /^density: .*seen: 6\.5; allowed: at most 6;/ } })
  t.strictSame(taken, ['one:white:2.3'])
})

t.test('a request whose content does not fit is told what was seen and what is allowed', async (t) => {
  const { ask, taken } = bench()
  const says = async (content: unknown) => (await ask('white', content)).error?.message
  t.match(await says({ densty: 2 }), /^the content: .*seen: unknown: "densty"; allowed: transaction, instrument, density;/)
  t.match(await says({ density: '2.3' }), /^density: .*seen: "2\.3"; allowed: a number;/)
  t.match(await says({ density: -1 }), /seen: -1; allowed: at least 0;/)
  t.match(await says({ transaction: '' }), /^transaction: .*seen: ""; allowed: at least 1 characters;/)
  t.match(await says('dark'), /^the content: .*seen: "dark"; allowed: a JSON object;/)
  t.match(await says({ instrument: ['x'.repeat(500)] }), /seen: \["x{78}; allowed: text;/, 'a long value is cut')
  t.strictSame(taken, [])
})

t.test('a transaction is run once: the same answer comes again, under way or afterwards', async (t) => {
  const { ask, taken } = bench()
  const [first, second] = await Promise.all([ask('dark', {}, 'same'), ask('dark', {}, 'same')])
  const third = await ask('dark', {}, 'same')
  t.strictSame([second, third], [first, first])
  t.equal(taken.length, 1)
  await ask('dark', {}, 'other')
  t.equal(taken.length, 2)
})

t.test('an unknown verb, an unknown key and an unknown instrument each say what is allowed', async (t) => {
  const { ask } = bench(['one', 'two'])
  t.match(await ask('laser'), { error: { code: 'REQUEST_INVALID', message: /dark, white, measure, model\/install, model\/check/ } })
  t.match(await ask('dark', { instrument: 'one', shutter: true }), { error: { message: /shutter/ } })
  t.match(await ask('dark', { instrument: 'three' }), { error: { message: /one, two/ } })
  t.match(await ask('dark'), { error: { message: /one, two/ } }, 'several connected and none named')
})

t.test('what goes wrong at the instrument is the response, with its code', async (t) => {
  const { ask } = bench()
  t.match(await ask('measure'), { status: 'error', data: null, error: { code: 'NO_ANSWER' } })
  t.match(await bench([]).ask('measure'), { error: { code: 'NO_INSTRUMENT' } })
})

t.test('more requests under way than the limit are refused, and served again afterwards', async (t) => {
  const { ask, holdUntil } = bench()
  let go: () => void = () => {}
  holdUntil(
    new Promise((resolve) => {
      go = resolve
    }),
  )
  const waiting = Array.from({ length: MAX_UNDER_WAY }, () => ask('dark'))
  t.match(await ask('dark'), { status: 'error', error: { message: /at most 16/ } })
  go()
  t.ok((await Promise.all(waiting)).every(({ status }) => status === 'ok'))
  t.equal((await ask('dark')).status, 'ok')
})
