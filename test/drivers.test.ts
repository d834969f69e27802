import { createHash } from 'node:crypto'
import t, { type Test } from 'tap'
import { isFailure } from '../src/failures.js'
import type { Driver, Identity } from '../src/instruments/contract.js'
import { type AnyReply, type Capture, capturesOf, type Family, loadFamilies, textBeside } from './support/families.js'
import { createRig, exposureOf, never, playedModels, type Rig } from './support/instrument-rig.js'

const families = await loadFamilies()

/** How the port cuts a capture: once at each place of a short one, at a hundred places of a long one, and byte by byte. */
const cutsOf = (bytes: Uint8Array): readonly (readonly Uint8Array[])[] => {
  const step = Math.max(1, Math.floor(bytes.length / 100))
  const places = Array.from({ length: Math.floor(bytes.length / step) + 1 }, (_, i) => i * step)
  return [...places.map((at) => [bytes.subarray(0, at), bytes.subarray(at)]), Array.from(bytes, (_, i) => bytes.subarray(i, i + 1))]
}

interface Books {
  readonly replies: readonly unknown[]
  readonly refused: Readonly<Record<string, number>>
  readonly held: number
  readonly total: number
}

/** What a codec made of pieces, as plain data: runs of refused bytes may be cut differently, their sums may not. */
const decode = ({ createCodec }: Family, { expect }: Pick<Capture, 'expect'>, pieces: readonly Uint8Array[]): Books => {
  const codec = createCodec()
  codec.expect(expect)
  const decoded = pieces.flatMap((piece) => codec.push(piece))
  const refused: Record<string, number> = {}
  for (const one of decoded) if (one.kind === 'refused') refused[one.why] = (refused[one.why] ?? 0) + one.bytes
  const replies = decoded.flatMap((one) => (one.kind === 'reply' ? [plain(one.reply)] : []))
  return { replies, refused, held: codec.held, total: decoded.reduce((sum, { bytes }) => sum + bytes, codec.held) }
}

/** Plain data, and short: counts become their number and a digest, because a test's report of thousands of differences takes minutes. */
const plain = ({ counts, ...rest }: AnyReply): unknown => {
  const short = counts ? { counts: `${counts.length} with ${createHash('sha256').update(Array.from(counts).join()).digest('hex').slice(0, 12)}` } : {}
  return JSON.parse(JSON.stringify({ ...rest, ...short }, (_, value) => (value instanceof Uint8Array ? Array.from(value) : value)))
}

t.ok(families.length >= 2, 'folders of drivers were found')

for (const family of families)
  t.test(family.name, async (t) => {
    t.test('the description is complete', async (t) => {
      const { description, folder } = family
      t.equal(description.id, family.name, `the folder ${folder.href} has the name of its family`)
      for (const text of [description.title, description.source, textBeside(family, 'README.md')]) t.match(text, /\w{3}/)
      t.ok(description.models.length > 0)
      t.equal(new Set(description.models.map(({ model }) => model)).size, description.models.length, 'no two models have one name')
      for (const { model, pixels, fullScale, integrationUs, darkPixels, usb } of description.models) {
        t.ok(pixels > 1 && fullScale > 1, model)
        t.ok(0 < integrationUs.min && integrationUs.min < integrationUs.max && integrationUs.step > 0, `${model} has limits of exposure`)
        t.ok(
          darkPixels.every((pixel) => pixel >= 0 && pixel < pixels),
          `${model}: dark pixels are pixels`,
        )
        if (usb)
          t.ok(
            description.match.some((match) => match.usbVendor === usb.vendor && match.usbProduct === usb.product),
            `${model} starts by itself`,
          )
      }
      if (description.links.some((link) => link === 'stream')) t.ok(description.baudRate)
    })

    t.test('however the port cuts a capture, the same comes out and no byte is lost from the books', async (t) => {
      const captures = capturesOf(family)
      t.ok(captures.some(({ replies }) => replies.some(({ counts }) => counts)) && captures.some(({ replies }) => replies.length === 0))
      for (const capture of captures) {
        const { name, bytes, replies, refused, held } = capture
        t.match(textBeside(family, 'captures/README.md'), `| ${name} |`, `${name} has a line in the README`)
        const wanted = { replies: replies.map(plain), refused, held, total: bytes.length }
        for (const pieces of cutsOf(bytes)) {
          const got = decode(family, capture, pieces)
          if (JSON.stringify(got) !== JSON.stringify(wanted)) t.strictSame(got, wanted, `${name} cut after ${pieces[0]?.length} bytes`)
        }
        t.strictSame(decode(family, capture, [bytes]), wanted, name)
      }
    })

    t.test('the captures of other families hold no spectrum', async (t) => {
      const asked = capturesOf(family).filter(({ replies }) => replies.some(({ counts }) => counts))
      for (const other of families.filter(({ name }) => name !== family.name))
        for (const { bytes, name } of capturesOf(other))
          for (const { expect } of asked) t.strictSame(decode(family, { expect }, [bytes]).replies, [], `${other.name}: ${name}`)
    })

    for (const model of playedModels(family)) modelTests(t, family, model)
    for (const model of representatives(family)) faultTests(t, family, model)
    habitTests(t, family)
  })

/** Enough to have every way of reading a frame: the first model, the last, and one that splits its frames or runs at full speed. */
function representatives(family: Family): readonly string[] {
  const played = playedModels(family)
  const longest = [...family.description.models].sort((a, b) => b.pixels - a.pixels)[0]?.model
  return [...new Set([played[0], played.find((model) => model === longest), played.find((model) => model.endsWith('/full'))])].flatMap((model) =>
    model === undefined ? [] : [model],
  )
}

interface Started {
  readonly driver: Driver
  readonly identity: Identity
  readonly dark: Float64Array
}

/** Identified, set to 100 ms, and with a dark frame of that exposure. */
async function start(rig: Rig, exposureMs = 100): Promise<Started> {
  const driver = rig.connect()
  const identity = await rig.during(driver.identify())
  await rig.during(driver.apply(exposureOf(exposureMs)))
  rig.light(false)
  const { counts } = await rig.during(driver.acquire(never()))
  rig.light(true)
  return { driver, identity, dark: counts }
}

function modelTests(t: Test, family: Family, model: string): void {
  t.test(`${model}: counts follow exposure and scene`, async (t) => {
    const rig = createRig(family, { model })
    t.teardown(() => rig.close())
    const { driver, identity, dark } = await start(rig)
    t.equal(identity.family, family.name)
    t.equal(`${identity.model}${model.endsWith('/full') ? '/full' : ''}`, model)
    t.equal(identity.axis?.values.length ?? identity.pixels, identity.pixels)
    if (family.description.axisSource === 'device') t.equal(identity.axis?.kind, 'wavelength')
    for (const ms of [100, 40]) {
      const applied = await rig.during(driver.apply(exposureOf(ms)))
      t.match(applied.integrationUs, { requested: ms * 1000, rounded: ms * 1000, readBack: ms * 1000 })
      for (let n = 0; n < 2; n++) t.equal(rig.wrongWith(await rig.during(driver.acquire(never())), dark, identity), null)
    }
    t.strictSame(rig.bad, [])
    t.ok(rig.longestReadMs() <= 500, 'no transfer is pending for more than 500 ms')
    for (const us of [identity.integrationUs.min - 1, identity.integrationUs.max + 1])
      await t.rejects(rig.during(driver.apply({ integrationUs: us, gain: null, binning: null })), { code: 'SETTING_REFUSED' })
    await rig.during(driver.close())
  })
}

/** What may come of an instrument that misbehaves: a failure that says so. Never another thing that is thrown. */
const honest = ['BAD_FRAME', 'STALE_FRAME', 'NO_ANSWER', 'DEADLINE', 'PORT_GONE', 'SETTING_REFUSED'] as const

function faultTests(t: Test, family: Family, model: string): void {
  for (const fault of Object.keys(family.faults))
    t.test(`${model}, ${fault}: a failure or a true frame, and all is well afterwards`, async (t) => {
      const rig = createRig(family, { model })
      t.teardown(() => rig.close())
      let { driver, identity, dark } = await start(rig)
      const honestly = async <T>(what: string, call: Promise<T>): Promise<T | null> => {
        try {
          return await rig.during(call)
        } catch (error) {
          t.ok(isFailure(error, ...honest), `${what}: ${error}`)
          return null
        }
      }
      const acquire = async (what: string): Promise<boolean> => {
        const frame = await honestly(what, driver.acquire(never()))
        if (frame) t.equal(rig.wrongWith(frame, dark, identity), null, what)
        return frame !== null
      }
      rig.end.misbehave(fault, 1)
      await acquire('once, in a frame')
      rig.end.heal()
      if (!(await acquire('afterwards'))) {
        // An instrument that was pulled out answers only when it is plugged in again.
        t.equal(fault, 'vanish', 'the next frame is a true one')
        driver = rig.connect()
        await rig.during(driver.identify())
        await rig.during(driver.apply(exposureOf(100)))
        t.ok(await acquire('plugged in again'))
      }
      rig.end.misbehave(fault)
      for (let n = 0; n < 3; n++) await acquire('again and again, in frames')
      await honestly('in settings', driver.apply(exposureOf(60)))
      await acquire('in the frame after them')
      rig.end.heal()
      await rig.during(driver.close())
      rig.end.misbehave(fault)
      driver = rig.connect()
      const again = await honestly('at connecting', driver.identify())
      if (again) t.equal(again.serial, identity.serial)
      rig.end.heal()
      driver = rig.connect()
      identity = await rig.during(driver.identify())
      await rig.during(driver.apply(exposureOf(100)))
      t.ok(await acquire('at last'), 'the instrument works')
      t.ok(rig.longestReadMs() <= 500, 'no transfer is pending for more than 500 ms')
      await rig.during(driver.close())
    })
}

function habitTests(t: Test, family: Family): void {
  t.test('an abort in mid-exposure is obeyed within 500 ms, and the next frame is a fresh one', async (t) => {
    const rig = createRig(family)
    t.teardown(() => rig.close())
    const { driver, identity, dark } = await start(rig, 400)
    for (const afterMs of [1, 200, 390]) {
      const stop = new AbortController()
      const call = driver.acquire(stop.signal)
      let code: unknown = 'still waiting'
      call.catch((error: unknown) => {
        code = isFailure(error) ? error.code : error
      })
      await rig.clock.advance(afterMs)
      t.equal(code, 'still waiting')
      stop.abort()
      await rig.clock.advance(499)
      t.equal(code, 'ABORTED', `${afterMs} ms into the exposure`)
      t.equal(rig.wrongWith(await rig.during(driver.acquire(never())), dark, identity), null)
    }
    t.strictSame(rig.bad, [], 'a frame that nobody waited for is no bad frame')
    await t.rejects(rig.during(driver.acquire(AbortSignal.abort())), { code: 'ABORTED' })
    await rig.during(driver.close())
  })

  t.test('a driver killed in mid-exposure leaves nothing that harms the next one', async (t) => {
    const rig = createRig(family)
    t.teardown(() => rig.close())
    const { driver, dark } = await start(rig)
    driver.acquire(never()).catch(() => {})
    await rig.clock.advance(50)
    const next = rig.connect()
    const identity = await rig.during(next.identify())
    await rig.during(next.apply(exposureOf(100)))
    for (let n = 0; n < 3; n++) t.equal(rig.wrongWith(await rig.during(next.acquire(never())), dark, identity), null)
    await rig.during(next.close())
  })

  t.test('an instrument unplugged in mid-exposure is PORT_GONE, and closing it is no failure', async (t) => {
    const rig = createRig(family)
    t.teardown(() => rig.close())
    const { driver } = await start(rig)
    const call = driver.acquire(never())
    call.catch(() => {})
    await rig.clock.advance(50)
    rig.unplug()
    await t.rejects(rig.during(call), { code: 'PORT_GONE' })
    await t.rejects(rig.during(driver.identify()), { code: 'PORT_GONE' })
    await rig.during(driver.close())
  })

  t.test('closing takes under 500 ms in any state and may be done twice', async (t) => {
    const rig = createRig(family)
    t.teardown(() => rig.close())
    await rig.during(rig.connect().close())
    const { driver } = await start(rig, 1000)
    const stop = new AbortController()
    driver.acquire(stop.signal).catch(() => {})
    await rig.clock.advance(985)
    stop.abort()
    let closed = 0
    for (const call of [driver.close(), driver.close()])
      void call.then(() => {
        closed += 1
      })
    await rig.clock.advance(500)
    t.equal(closed, 2)
    t.equal(rig.clock.sleepers, 0, 'nothing is left behind')
  })

  t.test('commands that are not on the allow-list are never sent', async (t) => {
    const rig = createRig(family)
    t.teardown(() => rig.close())
    const { driver } = await start(rig)
    for (const fault of Object.keys(family.faults)) {
      rig.end.misbehave(fault, 1)
      await rig.during(driver.acquire(never()).catch(() => {}))
    }
    await rig.during(driver.close())
    const sent = new Set(rig.written.map(([command]) => command))
    t.ok(sent.size > 3)
    for (const command of sent) t.ok(command !== undefined && family.allowedCommands.includes(command), `command ${command}`)
  })

  if (family.description.links.some((link) => link === 'stream'))
    t.test('a port that delivers byte by byte makes no difference', async (t) => {
      const rig = createRig(family, { cut: (bytes) => Array.from(bytes, (_, i) => bytes.subarray(i, i + 1)) })
      t.teardown(() => rig.close())
      const { driver, identity, dark } = await start(rig)
      for (let n = 0; n < 3; n++) t.equal(rig.wrongWith(await rig.during(driver.acquire(never())), dark, identity), null)
      t.strictSame(rig.bad, [])
      await rig.during(driver.close())
    })
}
