import { pathToFileURL } from 'node:url'
import t from 'tap'
import { createFamilies } from '../../src/instruments/families.js'
import { fakeDescription } from '../support/fake-instrument.js'

const described = (id: string, more: object = {}) => `export const description = ${JSON.stringify({ ...fakeDescription, id, ...more })}`
const folderOf = (folder: string) => pathToFileURL(`${folder}/`)

t.test('every folder with a description is a family; its driver is loaded only when asked for', async (t) => {
  const folder = t.testdir({
    'package.json': '{"type":"module"}',
    one: {
      'description.js': described('one'),
      'driver.js': 'globalThis.driverLoads = (globalThis.driverLoads ?? 0) + 1; export const createDriver = () => 7',
    },
    two: { 'description.js': described('two'), 'driver.js': 'export const other = 1' },
  })
  const { families, family, broken } = createFamilies(folderOf(folder))
  t.strictSame(
    (await families()).map(({ description }) => description.id),
    ['one', 'two'],
  )
  t.strictSame(await broken(), [])
  t.equal(Reflect.get(globalThis, 'driverLoads'), undefined)
  const one = await family('one')
  t.type(await one.driver(), 'function')
  await one.driver()
  t.equal(Reflect.get(globalThis, 'driverLoads'), 1)
  await t.rejects((await family('two')).driver(), { code: 'PART_MISSING', where: 'drivers/two/driver' })
})

t.test('an unknown family is refused with the known ones', async (t) => {
  const folder = t.testdir({
    'package.json': '{"type":"module"}',
    one: { 'description.js': described('one') },
    two: { 'description.js': described('two') },
  })
  await t.rejects(createFamilies(folderOf(folder)).family('three'), { code: 'CONFIG_INVALID', seen: '"three"', allowed: 'one, two' })
})

t.test('a broken folder is told with its reason and costs the others nothing', async (t) => {
  const folder = t.testdir({
    'package.json': '{"type":"module"}',
    bare: {},
    misnamed: { 'description.js': described('othername') },
    shapeless: { 'description.js': described('shapeless', { staleFrames: -1 }) },
    sound: { 'description.js': described('sound') },
    throwing: { 'description.js': 'throw new Error("at load")' },
  })
  const { families, broken } = createFamilies(folderOf(folder))
  t.strictSame(
    (await families()).map(({ description }) => description.id),
    ['sound'],
  )
  const reasons = (await broken()).map(({ code, message }) => [code, message] as const)
  t.strictSame(
    reasons.map(([code]) => code),
    Array(4).fill('PART_MISSING'),
  )
  t.match(
    reasons.map(([, message]) => message),
    [/bare.*no file description/, /misnamed.*othername/, /shapeless.*staleFrames/, /throwing.*at load/],
  )
})

t.test('a missing drivers folder is a broken installation', async (t) => {
  await t.rejects(createFamilies(folderOf(`${t.testdir({})}/none`)).families(), { code: 'PART_MISSING', where: /none/ })
})

t.test('the families of this package can be read', async (t) => {
  const { families, broken } = createFamilies()
  t.strictSame(await broken(), [])
  t.ok((await families()).some(({ description }) => description.id === 'chromation'))
})
