import t from 'tap'
import { createCodec, encode, type Request } from '../../../drivers/chromation/codec.js'
import { isFailure } from '../../../src/failures.js'
import { loadFamilies } from '../../support/families.js'
import { createRig, exposureOf, never, type Rig } from '../../support/instrument-rig.js'
import { streamPair } from '../../support/stream-pair.js'

const family = (await loadFamilies()).find(({ name }) => name === 'chromation')
if (!family) throw new Error('the folder drivers/chromation is missing')

const ready = async (rig: Rig, ms = 10) => {
  const driver = rig.connect()
  await rig.during(driver.identify())
  await rig.during(driver.apply(exposureOf(ms)))
  return driver
}

/** Asks the emulator without a driver. */
const askEmulator = async (rig: Rig, request: Request): Promise<unknown> => {
  if (rig.end.kind !== 'stream') throw new Error('not a stream')
  const codec = createCodec()
  codec.expect(request)
  const pair = streamPair(rig.end)
  const chunks = pair.open.link.chunks[Symbol.asyncIterator]()
  await pair.open.link.write(encode(request), 100)
  const { value } = await rig.during(chunks.next())
  await pair.open.close()
  const [decoded] = value instanceof Uint8Array ? codec.push(value) : []
  return decoded?.kind === 'reply' ? decoded.reply : decoded
}

t.test('exposure, gain and binning are sent, read back, and put back at the end', async (t) => {
  const rig = createRig(family)
  t.teardown(() => rig.close())
  const found = [await askEmulator(rig, { kind: 'get-exposure' }), await askEmulator(rig, { kind: 'get-config' })]
  const driver = rig.connect()
  t.equal((await rig.during(driver.identify())).pixels, 392)
  t.strictSame(await rig.during(driver.apply({ integrationUs: 10_009, gain: 2.5, binning: 0 })), {
    integrationUs: { requested: 10_009, rounded: 10_000, readBack: 10_000 },
    gain: { requested: 2.5, rounded: 2.5, readBack: 2.5 },
    binning: { requested: 0, rounded: 0, readBack: 0 },
    pixels: 784,
  })
  t.equal((await rig.during(driver.acquire(never()))).counts.length, 784)
  await rig.during(driver.close())
  await rig.close()
  t.strictSame([await askEmulator(rig, { kind: 'get-exposure' }), await askEmulator(rig, { kind: 'get-config' })], found)
})

t.test('a setting outside of what the instrument has is refused before anything is sent', async (t) => {
  const rig = createRig(family)
  t.teardown(() => rig.close())
  const driver = await ready(rig)
  const none = { gain: null, binning: null }
  const before = rig.written.length
  for (const settings of [
    { ...none, integrationUs: 39 },
    { ...none, integrationUs: 1_310_001 },
    { ...none, integrationUs: Number.NaN },
    { ...none, integrationUs: 1000, gain: 3 },
    { ...none, integrationUs: 1000, binning: 2 },
  ])
    await t.rejects(rig.during(driver.apply(settings)), { code: 'SETTING_REFUSED' })
  t.ok(
    rig.written.slice(before).every(([command]) => command === 0x07 || command === 0x09),
    'only questions went out',
  )
  for (const integrationUs of [40, 1_310_000])
    t.match(await rig.during(driver.apply({ ...none, integrationUs })), { integrationUs: { readBack: integrationUs } })
  await rig.during(driver.close())
})

t.test('each misbehaviour in a frame has its failure', async (t) => {
  const wanted: Readonly<Record<string, string>> = {
    silent: 'DEADLINE',
    late: 'DEADLINE',
    garbage: 'BAD_FRAME',
    short: 'BAD_FRAME',
    'error-status': 'BAD_FRAME',
    stale: 'STALE_FRAME',
    'extra-bytes': 'BAD_FRAME',
  }
  for (const [fault, code] of Object.entries(wanted)) {
    const rig = createRig(family)
    const driver = await ready(rig, 100)
    await rig.during(driver.acquire(never()))
    rig.end.misbehave(fault, 1)
    await t.rejects(rig.during(driver.acquire(never())), { code }, fault)
    t.equal(rig.bad.length > 0, code !== 'DEADLINE', `${fault}: bytes that came are counted`)
    await rig.during(driver.close())
    await rig.close()
  }
})

t.test('a frame whose last bytes come one by one and one too many is refused', async (t) => {
  const rig = createRig(family, { cut: (bytes) => Array.from(bytes, (_, i) => bytes.subarray(i, i + 1)) })
  t.teardown(() => rig.close())
  const driver = await ready(rig, 100)
  rig.end.misbehave('extra-bytes', 1)
  await t.rejects(rig.during(driver.acquire(never())), { code: 'BAD_FRAME' })
  await rig.during(driver.close())
})

t.test('settings that the instrument lost are set again before the next frame', async (t) => {
  const rig = createRig(family)
  t.teardown(() => rig.close())
  const driver = await ready(rig, 100)
  rig.end.misbehave('silent', 1)
  await t.rejects(rig.during(driver.acquire(never())), { code: 'DEADLINE' })
  // As if it had been without power for a moment: another exposure, set behind the driver's back.
  if (rig.end.kind === 'stream') rig.end.receive(encode({ kind: 'set-exposure', cycles: 50 }))
  await rig.clock.advance(300)
  const { applied } = await rig.during(driver.acquire(never()))
  t.equal(applied.integrationUs.readBack, 100_000)
  t.strictSame(
    rig.written.filter(([command]) => command === 0x0a).map(([, high = 0, low = 0]) => high * 256 + low),
    [5000, 5000],
    'the exposure was sent again',
  )
  await rig.during(driver.close())
})

t.test('an instrument that never answers is told after three tries', async (t) => {
  const rig = createRig(family)
  t.teardown(() => rig.close())
  rig.end.misbehave('silent')
  await t.rejects(rig.during(rig.connect().identify()), { code: 'NO_ANSWER' })
  t.strictSame(
    rig.written.map(([command]) => command),
    [0x09, 0x09, 0x09],
  )
})

t.test('a line that never falls silent is no instrument', async (t) => {
  const rig = createRig(family)
  t.teardown(() => rig.close())
  if (rig.end.kind !== 'stream') throw new Error('not a stream')
  const pair = streamPair(rig.end)
  let code: unknown
  const call = family.createDriver(pair.open, { clock: rig.clock, badFrame() {} }).identify()
  call.catch((error: unknown) => {
    code = isFailure(error) ? error.code : error
  })
  for (let n = 0; n < 150 && code === undefined; n++) {
    pair.inject(Uint8Array.of(n))
    await rig.clock.advance(100)
  }
  t.equal(code, 'BAD_FRAME')
  await pair.open.close()
})
