import t from 'tap'
import { suggestGroup, unusedGroups } from '../../../src/training/decision/unused-groups.js'

/** Twelve objects of two classes, three spectra each. */
const object = Array.from({ length: 36 }, (_, n) => Math.floor(n / 3))
const truth = object.map((own) => own % 2)
const values = object.map(() => Number.NaN)
const found = (columns: Readonly<Record<string, readonly string[]>>) => unusedGroups({ task: 'class', truth, values, columns })

t.test('a column whose words hold several spectra of one class each looks like objects, whatever its name', async (t) => {
  t.strictSame(found({ tag: object.map((own) => `t${own}`) }), ['tag'])
})

t.test('a name of the class, an id of each spectrum and a setting with few words are no groups', async (t) => {
  t.strictSame(found({ polymer: truth.map((own) => `p${own}`) }), [])
  t.strictSame(found({ file: object.map((_, n) => `f${n}`) }), [])
  t.strictSame(found({ colour: object.map((_, n) => ['red', 'blue', 'green', 'black', 'white'][n % 5] ?? '') }), [])
})

t.test('a finer name of the class, hardly more words than classes, keeps nothing apart; one with two objects in each does', async (t) => {
  const six = object.map((own) => own % 6)
  const suggested = (words: readonly string[]) => unusedGroups({ task: 'class', truth: six, values, columns: { grade: words } })
  t.strictSame(suggested(six.map((own) => `g${own}`)), [], 'a word a class')
  t.strictSame(suggested(object.map((own) => (own === 6 ? 'g0 dark' : `g${own % 6}`))), [], 'seven words of six classes')
  t.strictSame(suggested(object.map((own) => `o${own}`)), ['grade'])
})

t.test('a batch that holds several classes is one by its name', async (t) => {
  const words = object.map((_, n) => `b${n % 5}`)
  t.strictSame(found({ batch: words }), ['batch'])
  t.strictSame(found({ setting: words }), [])
})

t.test('of values, spectra of a word share one value', async (t) => {
  const columns = { tube: object.map((own) => `t${own}`) }
  t.strictSame(unusedGroups({ task: 'value', truth, values: object, columns }), ['tube'])
  t.strictSame(unusedGroups({ task: 'value', truth, values: object.map((_, n) => n), columns }), [])
})

t.test('a suggestion says what it would change, or that no folds can be made', async (t) => {
  const finding = { column: 'tag', words: 12, spectra: 36, single: '99.0 %' }
  t.match(suggestGroup({ ...finding, grouped: '80.0 %' }).text, /99.0 % here; .* 80.0 %.*--group tag/)
  t.match(suggestGroup({ ...finding, grouped: null }).text, /No folds could be made/)
})
