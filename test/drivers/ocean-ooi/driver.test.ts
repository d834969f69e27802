import t from 'tap'
import { createCodec, encode, type Request } from '../../../drivers/ocean-ooi/codec.js'
import { loadFamilies } from '../../support/families.js'
import { createRig, exposureOf, never, type Rig } from '../../support/instrument-rig.js'
import { usbPair } from '../../support/usb-pair.js'

const family = (await loadFamilies()).find(({ name }) => name === 'ocean-ooi')
if (!family) throw new Error('the folder drivers/ocean-ooi is missing')

const ready = async (rig: Rig, ms = 100) => {
  const driver = rig.connect()
  await rig.during(driver.identify())
  await rig.during(driver.apply(exposureOf(ms)))
  return driver
}

const spectraAsked = (rig: Rig) => rig.written.filter(([command]) => command === 0x09).length

/** Tells or asks the emulator without a driver. */
const withoutDriver = async (rig: Rig, request: Request): Promise<unknown> => {
  if (rig.end.kind !== 'usb') throw new Error('not a USB device')
  const pair = usbPair(rig.end, rig.clock)
  const codec = createCodec()
  codec.expect(request)
  await pair.open.link.write(0x01, encode(request), 100)
  const part = request.kind === 'status' ? await rig.during(pair.open.link.read(0x81, 64, 400)) : new Uint8Array(0)
  await pair.open.close()
  const [decoded] = codec.push(part)
  return decoded?.kind === 'reply' ? decoded.reply : null
}

t.test('two frames are thrown away after a change of exposure, and no more', async (t) => {
  const rig = createRig(family, { model: 'USB2000+' })
  t.teardown(() => rig.close())
  const driver = await ready(rig)
  await rig.during(driver.acquire(never()))
  t.equal(spectraAsked(rig), 3)
  await rig.during(driver.acquire(never()))
  t.equal(spectraAsked(rig), 4)
  await rig.during(driver.apply(exposureOf(50)))
  await rig.during(driver.acquire(never()))
  t.equal(spectraAsked(rig), 7)
  await rig.during(driver.close())
})

t.test('frames that an abort cut short are still to be thrown away', async (t) => {
  const rig = createRig(family, { model: 'USB2000+' })
  t.teardown(() => rig.close())
  const driver = await ready(rig)
  const stop = new AbortController()
  driver.acquire(stop.signal).catch(() => {})
  await rig.clock.advance(30)
  stop.abort()
  await rig.clock.advance(1)
  await rig.during(driver.acquire(never()))
  t.equal(spectraAsked(rig), 4, 'one cut short, two thrown away, one taken')
  await rig.during(driver.close())
})

t.test('exposure and trigger mode are put back as they were found', async (t) => {
  for (const model of ['USB4000', 'QE65000']) {
    const rig = createRig(family, { model })
    await withoutDriver(rig, { kind: 'set-integration', value: model === 'QE65000' ? 30 : 30_000 })
    await withoutDriver(rig, { kind: 'set-trigger', mode: 3 })
    const found = await withoutDriver(rig, { kind: 'status' })
    t.match(found, { integrationUs: 30_000, trigger: 3 })
    const driver = await ready(rig)
    await rig.during(driver.acquire(never()))
    await rig.during(driver.close())
    await rig.close()
    t.strictSame(await withoutDriver(rig, { kind: 'status' }), found, model)
  }
})

t.test('each misbehaviour in a spectrum has its failure', async (t) => {
  const wanted: Readonly<Record<string, string>> = {
    'drop-packet': 'BAD_FRAME',
    'wrong-sync': 'BAD_FRAME',
    stall: 'BAD_FRAME',
    vanish: 'PORT_GONE',
    stale: 'STALE_FRAME',
    silent: 'DEADLINE',
  }
  for (const [fault, code] of Object.entries(wanted)) {
    const rig = createRig(family, { model: 'USB2000+' })
    const driver = await ready(rig)
    await rig.during(driver.acquire(never()))
    rig.end.misbehave(fault, 1)
    await t.rejects(rig.during(driver.acquire(never())), { code }, fault)
    t.equal(rig.bad.length > 0, code === 'BAD_FRAME' || code === 'STALE_FRAME', `${fault}: a bad frame is counted`)
    await rig.during(driver.close())
    await rig.close()
  }
})

t.test('an exposure that the instrument takes otherwise is told as it reads it back', async (t) => {
  const rig = createRig(family, { model: 'USB2000+' })
  t.teardown(() => rig.close())
  const driver = rig.connect()
  await rig.during(driver.identify())
  rig.end.misbehave('wrong-exposure')
  const { integrationUs } = await rig.during(driver.apply(exposureOf(100)))
  t.not(integrationUs.readBack, integrationUs.rounded)
  await rig.during(driver.close())
})

t.test('models of one product id are told apart by firmware or serial number', async (t) => {
  for (const model of ['USB2000+', 'Flame-S', 'USB4000', 'Flame-T']) {
    const rig = createRig(family, { model })
    const driver = rig.connect()
    t.equal((await rig.during(driver.identify())).model, model)
    await rig.during(driver.close())
    await rig.close()
  }
})

t.test('a register reply that begins with FE is one', async (t) => {
  const rig = createRig(family, { model: 'Flame-S' })
  t.teardown(() => rig.close())
  rig.end.misbehave('fe-register')
  const driver = rig.connect()
  t.equal((await rig.during(driver.identify())).model, 'Flame-S')
  t.strictSame(rig.bad, [])
  await rig.during(driver.close())
})

t.test('a product that the family does not have is another instrument', async (t) => {
  const rig = createRig(family, { model: 'USB2000+' })
  t.teardown(() => rig.close())
  if (rig.end.kind !== 'usb') throw new Error('not a USB device')
  const { open } = usbPair(rig.end, rig.clock)
  t.throws(() => family.createDriver({ ...open, product: 0x1002 }, { clock: rig.clock, badFrame() {} }), { code: 'WRONG_INSTRUMENT' })
})
