import { createHash } from 'node:crypto'
import fc from 'fast-check'
import t from 'tap'
import { createOrderBook, MAX_ORDER_BYTES } from '../../src/updates/order-book.js'

const hash = (text: string): string => createHash('sha256').update(text).digest('hex')
const message = (text: string, group: string | null = null, slot = 'default') => ({ slot, group, payload: Buffer.from(text) })
const order = (version: string): string => JSON.stringify({ model: 'lab/tiny', version })

t.test('own goes before groups, groups in the order of the settings, whatever the order in which they came', (t) => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({ group: fc.constantFrom(null, 'east', 'west', 'of others'), text: fc.constantFrom('', order('1.0.0'), order('2.0.0'), '{') }),
      ),
      (messages) => {
        const book = createOrderBook(['west', 'east'])
        const last = new Map<string | null, string>()
        for (const { group, text } of messages) {
          book.take(message(text, group))
          last.set(group, text)
        }
        const holds = [null, 'west', 'east'].map((group) => last.get(group) ?? '').find((text) => text !== '') ?? ''
        const { order: standing, under, unreadable } = book.standing('default')
        return under === hash(holds) && (standing === null) === (holds === '' || holds === '{') && (unreadable !== null) === (holds === '{')
      },
    ),
  )
  t.end()
})

t.test('each slot has its own', (t) => {
  const book = createOrderBook([])
  book.take(message(order('1.0.0'), null, 'a'))
  t.match(book.standing('a'), { order: { model: 'lab/tiny', version: '1.0.0' }, unreadable: null })
  t.strictSame(book.standing('b'), { order: null, under: hash(''), unreadable: null })
  t.end()
})

t.test('after a new connection has settled, what did not come again is over', (t) => {
  const book = createOrderBook(['east'])
  book.take(message(order('1.0.0')))
  book.take(message(order('2.0.0'), 'east'))
  book.begin()
  t.match(book.standing('default').order, { version: '1.0.0' })
  book.take(message(order('2.0.0'), 'east'))
  t.match(book.standing('default').order, { version: '1.0.0' }, 'until then it counts')
  book.settle()
  t.match(book.standing('default').order, { version: '2.0.0' })
  book.settle()
  t.match(book.standing('default').order, { version: '2.0.0' })
  t.end()
})

t.test('what is no order is none, and says why', (t) => {
  const refused: readonly (readonly [string, RegExp])[] = [
    ['1.0.0', /not JSON/],
    ['[]', /object/],
    ['{}', /model/],
    ['{"model":"tiny"}', /LINE\/ID/],
    ['{"model":"lab/../tiny"}', /LINE\/ID/],
    ['{"model":"lab/tiny","version":"latest"}', /version/],
    ['{"model":"lab/tiny","sha256":"12"}', /64 hex/],
    ['{"model":"lab/tiny","url":"http://elsewhere"}', /url/],
    [`{"model":"lab/tiny"${' '.repeat(MAX_ORDER_BYTES)}}`, new RegExp(`allowed: ${MAX_ORDER_BYTES}`)],
  ]
  for (const [text, why] of refused) {
    const book = createOrderBook([])
    book.take(message(text))
    const { order: standing, under, unreadable } = book.standing('default')
    t.equal(standing, null, text.slice(0, 60))
    t.match(unreadable, why)
    t.equal(under, hash(text), 'an override can be given under it')
  }
  const book = createOrderBook([])
  book.take({ slot: 'default', group: null, payload: Uint8Array.of(0xff, 0xfe, 0) })
  t.match(book.standing('default'), { order: null, unreadable: /not JSON/ })
  t.end()
})
