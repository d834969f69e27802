import t from 'tap'
import type { EventContent } from '../../src/delivery/contract.js'
import { Failure } from '../../src/failures.js'
import { pixelAxis } from '../../src/spectrum/axis.js'
import type { Reference } from '../../src/spectrum/reference.js'
import { openReferences, type Taken } from '../../src/station/references.js'
import { acquisition } from '../support/references.js'

const axis = pixelAxis(4)
const rules = { darkMaxAgeS: 60, whiteMaxAgeS: 600, maxTemperatureChangeC: 5 }

const bench = async (kept: readonly Reference[] = []) => {
  const world = { nowMs: 0, failing: false }
  const events: EventContent[] = []
  const stored: Reference[] = [...kept]
  let ids = 0
  const references = await openReferences({
    instrument: 'spectro-1',
    store: {
      references: async () => kept,
      addReference: async (reference) => {
        if (world.failing) throw new Failure('STORE_FAILED')
        stored.push(reference)
      },
    },
    event: (content) => events.push(content),
    now: () => ({ monotonicMs: world.nowMs, wallMs: world.nowMs, boot: 'b1', clockTrusted: true }),
    nextId: () => `id-${++ids}`,
  })
  const take = (kind: Taken['kind'], counts: number, density = 0) =>
    references.take({
      kind,
      density,
      exposure: {
        ...{ axis, counts: new Float64Array(4).fill(counts), saturated: new Uint8Array(4), acquisition: acquisition() },
        ...{ endMs: world.nowMs, endWallMs: world.nowMs },
      },
      fullScale: 65_535,
      rules,
    })
  return { references, take, events, stored, world }
}

t.test('a reference is durable, then at hand, then told; a white carries the dark that held', async (t) => {
  const { references, take, events, stored } = await bench()
  const before = references.newest()
  const dark = await take('dark', 1000)
  const white = await take('white', 30_000, 2.3)
  t.strictSame(
    references.newest().map(({ id }) => id),
    ['id-2', 'id-1'],
    'newest first',
  )
  t.strictSame(before, [], 'the array of before is as it was')
  t.equal(references.newest(), references.newest(), 'and changes only with a reference')
  t.strictSame(stored, [dark, white])
  t.match(white, { kind: 'white', density: 2.3, dark: { id: 'id-1' }, boot: 'b1', instrument: 'spectro-1' })
  t.match(events, [
    { kind: 'calibrated', message: 'dark reference measured', data: { reference: 'id-1', kind: 'dark' } },
    { kind: 'calibrated', message: 'white reference measured through a filter of optical density 2.3', data: { density: 2.3 } },
  ])
})

t.test('an expired dark is no dark for a white', async (t) => {
  const { take, world, references } = await bench()
  await take('dark', 1000)
  world.nowMs = 60_001
  await t.rejects(take('white', 30_000), { code: 'REFERENCE_INVALID', cure: /measure a dark at 100000 microseconds first/ })
  t.equal(references.newest().length, 1)
})

t.test('a dark with light leaking in is refused beside the one that holds, and taken when that has expired', async (t) => {
  const { take, world } = await bench()
  await take('dark', 1000)
  await t.rejects(take('dark', 6000), { code: 'REFERENCE_INVALID', seen: /the dark before had 1000/ })
  world.nowMs = 60_001
  t.equal((await take('dark', 6000)).kind, 'dark')
})

t.test('what the store could not keep is not used and not told', async (t) => {
  const { take, world, events, references } = await bench()
  world.failing = true
  await t.rejects(take('dark', 1000), { code: 'STORE_FAILED' })
  t.strictSame(references.newest(), [])
  t.strictSame(events, [])
})

t.test('as many are kept at hand as the store gives back', async (t) => {
  const { take, references } = await bench()
  for (let i = 0; i < 130; i++) await take('dark', 1000)
  t.equal(references.newest().length, 128)
  t.equal(references.newest()[0]?.id, 'id-130')
})

t.test('a lamp or dark level that has drifted is told once, and once more when it is back', async (t) => {
  const { take, events } = await bench()
  const drifts = () => events.filter(({ kind }) => kind.startsWith('drift')).map(({ kind, message }) => `${kind}: ${message}`)
  await take('dark', 1000)
  for (const level of [31_000, 21_000]) await take('white', level)
  t.strictSame(drifts(), [], 'one white that gives a third less may be a dirty tile')
  await take('white', 21_000)
  const raised = events.at(-1)
  await take('white', 21_000)
  t.strictSame(drifts(), ['drift-raised: the lamp gives 26 % less than at first: clean tile and optics, look at the lamp'])
  t.match(raised, { instrument: 'spectro-1', code: null, data: { what: 'lamp', raised: true, change: /^-0\.26/, reference: 'id-4' } })
  for (const level of [31_000, 31_000]) await take('white', level)
  t.strictSame(drifts().slice(1), ['drift-cleared: the lamp level is back, 16 % less than at first'])
  for (const level of [1900, 1900]) await take('dark', level)
  t.strictSame(drifts().slice(2), [
    'drift-raised: the dark level is 38 % more than at first: look for stray light and for the temperature of the detector',
  ])
})
