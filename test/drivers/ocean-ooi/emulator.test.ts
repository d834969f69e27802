import t, { type Test } from 'tap'
import { createEmulator, faults } from '../../../drivers/ocean-ooi/emulator.js'
import type { Captured, Scene } from '../../../src/emulation/contract.js'
import { manualClock } from '../../support/manual-clock.js'

const WALL_MS = Date.parse('2026-03-01T12:00:00Z')
/** 40 counts per millisecond on every slot. */
const even: Scene = { look: (pixels) => ({ name: `even ${pixels}`, perMs: new Float64Array(pixels).fill(40) }) }
/** No light at all: with `darkCounts` the words are known exactly. */
const unlit: Scene = { look: (pixels) => ({ name: 'dark', perMs: new Float64Array(pixels) }) }

const rig = (model: string, { scene = even, darkCounts = 1000, unpaced = false } = {}) => {
  const clock = manualClock(WALL_MS)
  const captured: Captured[] = []
  const end = createEmulator({ model, scene, clock, seed: 3, unpaced, noiseCounts: 0, darkCounts, onCaptured: (one) => captured.push(one) })
  end.attach()
  const say = (hex: string) => end.out(0x01, Buffer.from(hex, 'hex'))
  const take = async (endpoint: number, bytes: number) => {
    const abort = new AbortController()
    const transfer = end.in(endpoint, bytes, abort.signal)
    const settled = await Promise.race([transfer, new Promise<'pending'>((resolve) => setImmediate(() => setImmediate(() => resolve('pending'))))])
    if (settled === 'pending') {
      abort.abort()
      await transfer.catch(() => {})
    }
    return settled instanceof Uint8Array ? Buffer.from(settled) : settled
  }
  const ask = async (hex: string): Promise<string> => {
    say(hex)
    const reply = await take(0x81, 64)
    return typeof reply === 'string' ? reply : reply.toString('hex')
  }
  return { clock, captured, end, say, take, ask }
}
const bytesOf = (t: Test, reply: Buffer | 'stall' | 'pending'): Buffer => {
  if (reply instanceof Buffer) return reply
  t.fail(`expected bytes, got ${reply}`)
  return Buffer.alloc(0)
}
const meanOf = (spectrum: Buffer, first: number, last: number): number => {
  let sum = 0
  for (let slot = first; slot <= last; slot++) sum += spectrum.readUInt16LE(2 * slot)
  return sum / (last - first + 1)
}
/** Shot noise moves the mean of 500 pixels or more by at most 3 counts (one standard deviation). */
const isNear = (t: Test, mean: number, expected: number) => t.ok(Math.abs(mean - expected) < 12, `mean of ${mean}, expected ${expected}`)

t.test('each model enumerates with the ids and endpoints of the table', async (t) => {
  const products = {
    'USB2000+': 0x101e,
    'Flame-S': 0x101e,
    USB4000: 0x1022,
    'Flame-T': 0x1022,
    'HR2000+': 0x1016,
    HR4000: 0x1012,
    QE65000: 0x1018,
    Maya2000Pro: 0x102a,
    NIRQuest512: 0x1026,
  }
  for (const [model, product] of Object.entries(products)) {
    const { end } = rig(model)
    const device = Buffer.from(end.deviceDescriptor)
    t.strictSame([device.length, device[0], device.readUInt16LE(8), device.readUInt16LE(10)], [18, 18, 0x2457, product], model)
    t.equal(end.strings[device[15] ?? 0], `Ocean Optics ${model}`)
  }
  t.equal(
    Buffer.from(rig('USB4000').end.configurationDescriptor).toString('hex'),
    '09022e0001010080fa' + '0904000004ff000000' + '07050102400000' + '07058202000200' + '07058602000200' + '07058102400000',
  )
  t.match(Buffer.from(rig('USB4000/full').end.configurationDescriptor).toString('hex'), /07058202400000/)
})

t.test('the worked bytes of slot 1 come out, and every slot answers with 17 bytes', async (t) => {
  const { ask } = rig('USB2000+')
  t.equal(await ask('0501'), '05013333392e3839353200000000000000')
  t.equal(await ask('0500'), `0500${Buffer.from('USB2+F00001').toString('hex')}00000000`)
  for (let slot = 0; slot <= 17; slot++) {
    const reply = await ask(`05${slot.toString(16).padStart(2, '0')}`)
    t.equal(reply.length, 34, `slot ${slot}`)
  }
  t.match(await ask('050e'), /^050e3700ff/, 'order 7, then garbage behind the NUL')
  t.equal(await ask('0520'), 'pending', 'no such slot')
})

t.test('slot 17 holds the saturation level where the model keeps it', async (t) => {
  t.match(await rig('USB4000').ask('0511'), /^05110000000060ea/)
  t.match(await rig('NIRQuest512').ask('0511'), /^05110000000090e20000/)
  t.match(await rig('Maya2000Pro').ask('0511'), /^051124f4/)
})

t.test('the status has 16 bytes: pixels, integration time in microseconds, speed', async (t) => {
  t.equal(await rig('USB4000').ask('fe'), '000fa0860100' + '0000' + '00' + '10' + '01' + '00' + '0000' + '80' + '00')
  t.equal(await rig('USB4000/full').ask('fe'), '000fa0860100' + '0000' + '00' + '79' + '01' + '00' + '0000' + '00' + '00')
  t.equal((await rig('QE65000').ask('fe')).slice(0, 12), '0005a0860100', 'also where the unit of the command is ms')
})

t.test('an integration time is taken in the unit of the model, rounded down to its step, and ignored outside its limits', async (t) => {
  const shown = async (model: string, ...commands: string[]) => {
    const { ask, say } = rig(model)
    for (const command of commands) say(command)
    return Buffer.from(await ask('fe'), 'hex').readUInt32LE(2)
  }
  t.equal(await shown('USB4000', '02a0860100'), 100_000)
  t.equal(await shown('QE65000', '0264000000'), 100_000)
  t.equal(await shown('USB4000', '021f000000'), 30, 'steps of 10 us')
  t.equal(await shown('USB4000', '02e7340c00'), 799_000, '799,975 us: steps of 1 ms above 655 ms')
  t.equal(await shown('USB4000', '0209000000'), 100_000, '9 us')
  t.equal(await shown('USB4000', '020a000000'), 10)
  t.equal(await shown('USB4000', '0218fce703'), 65_535_000)
  t.equal(await shown('USB4000', '0219fce703', '02ffffffff'), 100_000, '65,535,001 us')
  t.equal(await shown('QE65000', '0207000000'), 100_000, '7 ms')
  t.equal(await shown('USB2000+', '0202'), 100_000, 'a command that is cut off')
})

t.test('words stand as the table says, with the sync byte in a packet of its own', async (t) => {
  const spectrum = async (model: string) => {
    const { say, take } = rig(model, { scene: unlit, darkCounts: 0x1234, unpaced: true })
    say('09')
    const packets: Buffer[] = []
    for (;;) {
      const packet = bytesOf(t, await take(0x82, 512))
      packets.push(packet)
      if (packet.length < 512) return packets
    }
  }
  for (const [model, packets, word] of [
    ['Flame-S', 9, '3412'],
    ['HR2000+', 9, '3432'],
    ['QE65000', 6, '3492'],
    ['NIRQuest512', 3, '3492'],
    ['Maya2000Pro', 10, '3412'],
  ] as const) {
    const got = await spectrum(model)
    t.equal(got.length, packets, model)
    t.equal(got.at(-1)?.toString('hex'), '69')
    t.equal(got[0]?.subarray(200, 202).toString('hex'), word)
  }
})

t.test('one transfer that is large enough takes a whole spectrum, ended by the sync packet', async (t) => {
  const { say, take } = rig('USB2000+', { unpaced: true })
  say('09')
  const got = bytesOf(t, await take(0x82, 4608))
  t.equal(got.length, 4097)
  t.equal(got[4096], 0x69)
  t.equal(await take(0x82, 4608), 'pending')
})

t.test('a 4K model sends its first 1024 pixels by 0x86 at high speed, and all by 0x82 at full speed', async (t) => {
  const high = rig('USB4000', { unpaced: true })
  high.say('09')
  t.equal(bytesOf(t, await high.take(0x86, 2048)).length, 2048)
  t.equal(await high.take(0x86, 512), 'pending', 'no packet marks the end of that part')
  t.equal(bytesOf(t, await high.take(0x82, 6144)).length, 5633)
  const full = rig('HR4000/full', { unpaced: true })
  full.say('09')
  t.equal(await full.take(0x86, 64), 'pending')
  t.equal(bytesOf(t, await full.take(0x82, 7744)).length, 7681)
  const maya = rig('Maya2000Pro/full', { unpaced: true })
  maya.say('09')
  t.equal(bytesOf(t, await maya.take(0x82, 8192)).length, 66 * 64 + 1, 'fewer filler bytes than at high speed')
})

t.test('light falls on the optical slots alone; masked ones are dark and filler is zero', async (t) => {
  const { say, take } = rig('USB4000', { unpaced: true })
  say('09')
  const whole = Buffer.concat([bytesOf(t, await take(0x86, 2048)), bytesOf(t, await take(0x82, 6144))])
  t.equal(meanOf(whole, 0, 21), 1000)
  isNear(t, meanOf(whole, 22, 3669), 1000 + 40 * 100)
  t.equal(meanOf(whole, 3670, 3839), 0)
})

t.test('raw counts end at the saturation level of slot 17', async (t) => {
  const { say, take } = rig('USB2000+', { unpaced: true, scene: { look: (pixels) => ({ name: 'sun', perMs: new Float64Array(pixels).fill(1e6) }) } })
  say('09')
  t.equal(meanOf(bytesOf(t, await take(0x82, 4608)), 20, 2047), 62_000)
})

t.test('the first spectrum after a new integration time carries the old exposure, the second the new one', async (t) => {
  const { say, take, clock, captured } = rig('USB2000+')
  say('0220a10700')
  say('09')
  await clock.advance(99)
  t.equal(await take(0x82, 4608), 'pending')
  await clock.advance(1)
  isNear(t, meanOf(bytesOf(t, await take(0x82, 4608)), 20, 2047), 1000 + 40 * 100)
  say('09')
  await clock.advance(499)
  t.equal(await take(0x82, 4608), 'pending')
  await clock.advance(1)
  isNear(t, meanOf(bytesOf(t, await take(0x82, 4608)), 20, 2047), 1000 + 40 * 500)
  t.strictSame(captured, [
    { name: 'even 2048', endMs: WALL_MS + 100 },
    { name: 'even 2048', endMs: WALL_MS + 600 },
  ])
})

t.test('one request waits for the exposure that is running, a further one is ignored', async (t) => {
  const { say, clock, captured } = rig('USB2000+')
  for (let i = 0; i < 3; i++) say('09')
  await clock.advance(1000)
  t.equal(captured.length, 2)
})

t.test('with an external trigger no spectrum comes until the mode is normal again', async (t) => {
  const { say, clock, captured, ask } = rig('USB2000+')
  say('0a0300')
  say('09')
  await clock.advance(1000)
  t.equal(captured.length, 0)
  t.equal((await ask('fe')).slice(14, 16), '03')
  say('0a0900')
  t.equal((await ask('fe')).slice(14, 16), '03', 'a mode that does not exist is ignored')
  say('0a0000')
  await clock.advance(100)
  t.equal(captured.length, 1)
})

t.test('registers, temperatures and the cooler answer on the models that have them', async (t) => {
  t.equal(await rig('USB2000+').ask('6b04'), '041020', 'firmware 2.1.0')
  t.equal(await rig('Flame-S').ask('6b04'), 'fe2030', 'as the Flame-S does')
  t.equal(await rig('NIRQuest512').ask('6b04'), 'pending')
  const { ask, say } = rig('QE65000')
  say('6a400100')
  t.equal(await ask('6b40'), '400100')
  t.equal(await ask('6c'), '08411f', '8001 x 0.003906 degrees')
  t.equal(await rig('Maya2000Pro').ask('6c'), 'pending')
  t.equal(await ask('72'), 'f500', '24.5 degrees')
  say('7338ff')
  say('710100')
  t.equal(await ask('72'), '38ff', '-20 degrees')
  t.equal(await rig('USB4000').ask('72'), 'pending')
  say('030100')
  t.equal((await ask('fe')).slice(12, 14), '01', 'lamp on')
})

t.test('a packet that does not fit into the transfer is lost, and the transfer fails', async (t) => {
  const { ask, say, take } = rig('USB2000+')
  say('0500')
  t.equal(await take(0x81, 16), 'stall')
  t.match(await ask('0501'), /^0501/)
})

t.test('a transfer stops waiting when it is told to, and what it had taken is lost', async (t) => {
  const { end, say, take } = rig('USB4000', { unpaced: true })
  const abort = new AbortController()
  const transfer = end.in(0x86, 4096, abort.signal)
  say('09')
  abort.abort()
  await t.rejects(transfer, { code: 'ABORTED' })
  t.equal(await take(0x86, 512), 'pending')
  await t.rejects(end.in(0x82, 512, AbortSignal.abort()), { code: 'ABORTED' })
})

t.test('a host that does not read loses whole spectra, never parts', async (t) => {
  const { say, take } = rig('NIRQuest512', { unpaced: true })
  for (let i = 0; i < 5; i++) say('09')
  t.equal(bytesOf(t, await take(0x82, 1536)).length, 1025)
  t.equal(bytesOf(t, await take(0x82, 1536)).length, 1025)
  t.equal(await take(0x82, 1536), 'pending')
})

t.test('a clear halt is accepted, other endpoints and requests stall', async (t) => {
  const { end, take } = rig('USB4000')
  t.equal(end.control(Uint8Array.of(0x02, 0x01, 0, 0, 0x82, 0, 0, 0), new Uint8Array()), null)
  t.equal(end.control(Uint8Array.of(0xc0, 0x01, 0, 0, 0, 0, 8, 0), new Uint8Array()), 'stall')
  t.equal(end.out(0x02, Uint8Array.of(0x09)), 'stall')
  t.equal(await take(0x83, 64), 'stall')
})

t.test('each misbehaviour does what its sentence says, as often as asked, and is gone then', async (t) => {
  const whole = async (t: Test, { say, take }: ReturnType<typeof rig>) => {
    say('09')
    return bytesOf(t, await take(0x82, 4608))
  }
  t.test('drop-packet', async (t) => {
    const box = rig('USB2000+', { unpaced: true })
    box.end.misbehave('drop-packet', 1)
    t.equal((await whole(t, box)).length, 4097 - 512)
    t.equal((await whole(t, box)).length, 4097)
  })
  t.test('wrong-sync', async (t) => {
    const box = rig('USB2000+', { unpaced: true })
    box.end.misbehave('wrong-sync', 1)
    t.equal((await whole(t, box))[4096], 0)
    t.equal((await whole(t, box))[4096], 0x69)
  })
  t.test('stall', async (t) => {
    const box = rig('USB4000', { unpaced: true })
    box.end.misbehave('stall', 1)
    box.say('09')
    t.equal(bytesOf(t, await box.take(0x86, 2048)).length, 2048)
    t.equal(await box.take(0x82, 6144), 'stall')
    t.equal(await box.take(0x82, 6144), 'pending')
  })
  t.test('fe-register', async (t) => {
    const { end, ask } = rig('USB4000')
    end.misbehave('fe-register', 1)
    t.equal(await ask('6b04'), 'fe5021')
    t.equal(await ask('6b04'), '045021')
  })
  t.test('leftover', async (t) => {
    const { end, take, ask } = rig('USB2000+', { unpaced: true })
    end.detach()
    end.misbehave('leftover', 1)
    end.attach()
    t.equal(bytesOf(t, await take(0x82, 4608)).length, 1025)
    t.match(await ask('0500'), /^0503/, 'the old reply is read first')
    t.match(bytesOf(t, await take(0x81, 64)).toString('hex'), /^0500/)
  })
  t.test('vanish', async (t) => {
    const { end, say, take, ask } = rig('USB2000+', { unpaced: true })
    say('0220a10700')
    end.misbehave('vanish', 1)
    const transfer = end.in(0x82, 4608, new AbortController().signal)
    say('09')
    await t.rejects(transfer, { code: 'PORT_GONE' }, 'the transfer that was under way')
    t.throws(() => say('09'), { code: 'PORT_GONE' })
    t.throws(() => end.control(new Uint8Array(8), new Uint8Array()), { code: 'PORT_GONE' })
    await t.rejects(end.in(0x81, 64, new AbortController().signal), { code: 'PORT_GONE' })
    end.attach()
    t.equal((await ask('fe')).slice(4, 12), 'a0860100', 'back with its power-on settings')
    say('09')
    t.equal(bytesOf(t, await take(0x82, 4608)).length, 4097)
  })
  t.test('stale', async (t) => {
    const { end, say, take, clock, captured } = rig('USB2000+')
    say('09')
    await clock.advance(100)
    const before = bytesOf(t, await take(0x82, 4608))
    end.misbehave('stale', 1)
    say('09')
    t.strictSame(await take(0x82, 4608), before)
    t.equal(captured.length, 1)
    say('09')
    await clock.advance(100)
    t.equal(captured.length, 2)
  })
  t.test('silent', async (t) => {
    const { end, say, clock, captured } = rig('USB2000+')
    end.misbehave('silent', 1)
    say('09')
    await clock.advance(1000)
    t.equal(captured.length, 0)
    say('09')
    await clock.advance(100)
    t.equal(captured.length, 1)
  })
  t.test('saturate', async (t) => {
    const box = rig('USB2000+', { unpaced: true })
    box.end.misbehave('saturate', 1)
    t.equal(meanOf(await whole(t, box), 20, 2047), 62_000)
    isNear(t, meanOf(await whole(t, box), 20, 2047), 5000)
  })
  t.test('wrong-exposure', async (t) => {
    const { end, say, ask } = rig('USB2000+')
    end.misbehave('wrong-exposure', 1)
    say('0250c30000')
    t.equal((await ask('fe')).slice(4, 12), 'a0860100', '100 ms where 50 ms were set')
    say('0250c30000')
    t.equal((await ask('fe')).slice(4, 12), '50c30000')
  })
  t.test('one that does not exist is refused, with the names of those that do', async (t) => {
    t.throws(() => rig('USB4000').end.misbehave('explode'), { code: 'USAGE', allowed: Object.keys(faults).join(', ') })
  })
})

t.test('a model or serial number that cannot be is refused, with what can', async (t) => {
  t.throws(() => rig('USB9000'), { code: 'USAGE', allowed: /USB4000, Flame-T/ })
  const clock = manualClock(WALL_MS)
  t.throws(() => createEmulator({ scene: even, clock, seed: 1, serial: 'a serial number too long' }), { code: 'USAGE', where: 'serial' })
})
