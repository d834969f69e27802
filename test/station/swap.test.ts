import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { type HandledModel, handledModel, slotRig } from '../support/slot-rig.js'
import { tinyBundle } from '../support/tiny-model.js'

const versions = ['1.0.0', '1.1.0', '1.2.0'] as const

/** A way to load by version, so that a test holds the engines in its hand. */
const shelf = (models: readonly HandledModel[]) => async (path: string) => {
  const found = models.find(({ model }) => model.bundle.manifest.version === path)
  if (!found) throw new Error(`no model ${path}`)
  return found.model
}
const made = () => Promise.all(versions.map((version) => handledModel({ version })))
const numbered = (results: readonly { readonly seq: number }[]) => results.map(({ seq }) => seq)
const upTo = (count: number) => Array.from({ length: count }, (_, i) => i + 1)

/** An engine that answers when the test says so. */
const heldUp = ({ engine }: HandledModel) => {
  let open = () => {}
  const gate = new Promise<void>((resolve) => {
    open = resolve
  })
  engine.before = () => gate
  return () => open()
}

const folderWith = async (t: Test, files: Readonly<Record<string, Uint8Array>>) => {
  const folder = mkdtempSync(join(tmpdir(), 'spectro2mqtt-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes)
  return (name: string) => join(folder, name)
}

t.test('at 100 spectra a second a model from a file takes over between two spectra: none is lost, each is answered by one bundle', async (t) => {
  const path = await folderWith(t, { 'new.s2m': await tinyBundle({ version: '1.1.0' }) })
  const first = await handledModel()
  const { clock, slot, station, committed, swapped, stop } = slotRig(first)
  station.start()
  await clock.advance(500)
  let done = false
  const swapping = slot.host.answer({ side: 'a', path: path('new.s2m') }).then(() => {
    done = true
  })
  // Time goes on while the bundle is read: spectra come meanwhile.
  while (!done) await clock.advance(10)
  await swapping
  const before = committed.length
  await clock.advance(500)
  await stop()
  await slot.close()
  t.strictSame(numbered(committed), upTo(committed.length))
  t.ok(committed.length >= before + 49, `${committed.length - before} after the swap`)
  const answering = committed.map(({ model }) => model?.version)
  const turn = answering.indexOf('1.1.0')
  t.ok(turn > 0 && turn <= before + 1)
  t.strictSame([...new Set(answering.slice(0, turn))], ['1.0.0'])
  t.strictSame([...new Set(answering.slice(turn))], ['1.1.0'])
  t.strictSame([...new Set(committed.map(({ verdict }) => verdict))], ['accepted'])
  t.strictSame(swapped, ['1.1.0'])
  t.equal(first.engine.closed, 1)
})

t.test('spectra under way keep the model that they were bound to, and it is closed when the last of them is decided', async (t) => {
  const models = await made()
  const [first, second] = models
  if (!first || !second) throw new Error('no models')
  const { clock, slot, station, committed, stop } = slotRig(first, shelf(models))
  const letGo = heldUp(first)
  station.start()
  await clock.advance(55)
  t.strictSame(committed, [])
  await slot.host.answer({ side: 'a', path: '1.1.0' })
  await clock.advance(50)
  t.equal(first.engine.closed, 0, 'five spectra wait for it')
  letGo()
  await clock.advance(50)
  t.equal(first.engine.closed, 1)
  const answering = committed.map(({ model }) => model?.version)
  t.strictSame([...new Set(answering)], ['1.0.0', '1.1.0'])
  t.ok(answering.filter((version) => version === '1.0.0').length >= 5)
  t.strictSame(numbered(committed), upTo(committed.length))
  t.strictSame([...new Set(committed.map(({ verdict }) => verdict))], ['accepted'], 'none was asked of an engine that is gone')
  await stop()
  await slot.close()
  t.strictSame([first.engine.closed, second.engine.closed], [1, 1])
})

t.test('a second swap while the first model is still needed closes each when its own last spectrum is decided', async (t) => {
  const models = await made()
  const [first, second, third] = models
  if (!first || !second || !third) throw new Error('no models')
  const { clock, slot, station, committed, stop } = slotRig(first, shelf(models))
  const letFirst = heldUp(first)
  const letSecond = heldUp(second)
  station.start()
  await clock.advance(35)
  await slot.host.answer({ side: 'a', path: '1.1.0' })
  await clock.advance(30)
  await slot.host.answer({ side: 'b', path: '1.2.0' })
  await clock.advance(30)
  const closed = () => models.map(({ engine }) => engine.closed)
  t.strictSame(closed(), [0, 0, 0])
  letSecond()
  await clock.advance(10)
  t.strictSame(committed, [], 'answers of the second wait for those of the first')
  t.strictSame(
    closed(),
    [0, 0, 0].map((_, i) => (i === 1 ? closed()[1] : 0)),
  )
  letFirst()
  await clock.advance(50)
  t.strictSame(closed(), [1, 1, 0])
  t.strictSame(numbered(committed), upTo(committed.length))
  t.strictSame([...new Set(committed.map(({ model }) => model?.version))], [...versions])
  await stop()
  await slot.close()
  t.strictSame(closed(), [1, 1, 1])
})

t.test('a model that nothing waits for is closed at the swap; also where instruments were unplugged meanwhile', async (t) => {
  const models = await made()
  const [first, second] = models
  if (!first || !second) throw new Error('no models')
  const { clock, slot, fake, station, stop } = slotRig(first, shelf(models))
  const letGo = heldUp(first)
  station.start()
  await clock.advance(35)
  fake.unplug()
  await clock.advance(1)
  await slot.host.answer({ side: 'a', path: '1.1.0' })
  t.equal(first.engine.closed, 0)
  letGo()
  await clock.advance(1)
  t.equal(first.engine.closed, 1)
  await stop()
  await slot.host.answer({ side: 'b', path: '1.2.0' })
  await clock.advance(1)
  t.equal(second.engine.closed, 1)
  await slot.close()
})

t.test('a bundle that cannot be loaded leaves what answers in its place, and the order is refused', async (t) => {
  const path = await folderWith(t, { 'bad.s2m': new Uint8Array(2048) })
  const first = await handledModel()
  const { clock, slot, station, committed, swapped, stop } = slotRig(first)
  station.start()
  await clock.advance(50)
  await t.rejects(slot.host.answer({ side: 'a', path: path('bad.s2m') }), { code: 'BUNDLE_INVALID' })
  await t.rejects(slot.host.answer({ side: 'a', path: path('absent.s2m') }), { code: 'BUNDLE_INVALID' })
  await clock.advance(100)
  t.equal(committed.at(-1)?.model?.version, '1.0.0')
  t.strictSame(swapped, [])
  t.equal(first.engine.closed, 0)
  await stop()
  await slot.close()
})

t.test('after the end nothing is swapped in, and what was loaded meanwhile is freed', async (t) => {
  const models = await made()
  const [first, second] = models
  if (!first || !second) throw new Error('no models')
  const { slot, swapped } = slotRig(first, shelf(models))
  const late = slot.host.answer({ side: 'a', path: '1.1.0' })
  await Promise.all([t.rejects(late, { code: 'ABORTED' }), slot.close(), slot.close()])
  t.strictSame([first.engine.closed, second.engine.closed], [1, 1])
  t.strictSame(swapped, [])
})

t.test('an alarm of the old model is cleared at the swap', async (t) => {
  const models = await made()
  const [first] = models
  if (!first) throw new Error('no models')
  const { clock, slot, scene, events, station, stop } = slotRig(first, shelf(models))
  // Bands nowhere else seen: the gate refuses them all, and that is an alarm.
  const foreign = Array.from({ length: 12 }, (_, i) => (i % 2 === 0 ? 0.2 : 0.5))
  scene.next = () => foreign
  station.start()
  const told = () => events.flatMap(({ kind, data }) => (kind.startsWith('drift') ? [`${kind} ${data['what']}`] : []))
  for (let i = 0; i < 100 && told().length === 0; i++) await clock.advance(100)
  t.strictSame(told(), ['drift-raised refused'])
  await slot.host.answer({ side: 'a', path: '1.1.0' })
  await clock.advance(20)
  t.strictSame(told(), ['drift-raised refused', 'drift-cleared refused'])
  await stop()
  await slot.close()
})
