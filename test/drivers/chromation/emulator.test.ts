import t, { type Test } from 'tap'
import { createEmulator, faults } from '../../../drivers/chromation/emulator.js'
import type { Captured, Scene } from '../../../src/emulation/contract.js'
import { manualClock } from '../../support/manual-clock.js'

const WALL_MS = Date.parse('2026-03-01T12:00:00Z')
/** Counts per millisecond on every pixel: 9000 counts in 10 ms. */
const steady: Scene = { look: (pixels) => ({ name: `even ${pixels}`, perMs: new Float64Array(pixels).fill(900) }) }

const rig = ({ scene = steady, unpaced = false, noiseCounts = 0 } = {}) => {
  const clock = manualClock(WALL_MS)
  const captured: Captured[] = []
  const end = createEmulator({ scene, clock, seed: 7, unpaced, noiseCounts, onCaptured: (one) => captured.push(one) })
  const replies: Uint8Array[] = []
  end.attach((bytes) => replies.push(bytes))
  const say = (...bytes: number[]) => end.receive(Uint8Array.from(bytes))
  const heard = () => Buffer.concat(replies.splice(0)).toString('hex')
  const ask = (...bytes: number[]) => {
    say(...bytes)
    return heard()
  }
  return { clock, captured, end, say, heard, ask, replies }
}
const frame = (hex: string) => {
  const bytes = Buffer.from(hex, 'hex')
  const pixels = bytes.readUInt16BE(2)
  const counts = Array.from({ length: pixels }, (_, i) => bytes.readUInt16BE(4 + 2 * i))
  return { status: [bytes[0], bytes[1]], pixels, bytes: bytes.length, counts, mean: counts.reduce((sum, count) => sum + count, 0) / pixels }
}
/** Shot noise moves the mean of a frame by 6 counts at most (one standard deviation). */
const isNear = (t: Test, mean: number, expected: number) => t.ok(Math.abs(mean - expected) < 25, `mean of ${mean}, expected ${expected}`)

t.test('powers on with binning, gain 1x, all rows and an exposure of 250 cycles', async (t) => {
  const { ask } = rig()
  t.equal(ask(0x07), '000001011f')
  t.equal(ask(0x09), '000000fa')
})

t.test('the worked examples of the protocol page come out byte for byte', async (t) => {
  const { ask, say, heard, clock } = rig()
  t.equal(ask(0x0a, 0x01, 0xf4), '0000', 'set 10 ms')
  t.equal(ask(0x09), '000001f4')
  t.equal(ask(0x08, 0x02, 0x01, 0x1f), '0001', 'binning 2 is refused')
  say(0x0b)
  await clock.advance(110)
  const reply = heard()
  t.equal(reply.length / 2, 788)
  t.equal(reply.slice(0, 8), '00000188', 'OK, OK, 392 pixels')
  isNear(t, frame(reply).mean, 1000 + 9000)
})

t.test('every command of the table answers with the length the page gives', async (t) => {
  const { ask } = rig({ unpaced: true })
  t.equal(ask(0x00), '', 'Null has no reply')
  t.equal(ask(0x01, 0), '0001')
  t.equal(ask(0x02, 0, 2), '00')
  t.equal(ask(0x01, 0), '0002')
  t.equal(ask(0x03, 1), '000001')
  t.equal(ask(0x04, 1, 0), '0000')
  t.equal(ask(0x03, 1), '000000')
  t.equal(ask(0x0d).length / 2, 13)
  t.equal(ask(0x0e, 3, 0, 10, 0, 100, 0x80, 0, 0x01, 0, 0x10, 0), '0000')
  t.equal(ask(0x0d), '000003000a0064800001001000')
  t.equal(ask(0x0f).length / 2, 5)
  for (const unknown of [0x05, 0x06, 0x10, 0xfe, 0xff]) t.equal(ask(unknown), '01', `command ${unknown}`)
})

t.test('what the sensor does not take is refused with ERROR and changes nothing', async (t) => {
  const { ask } = rig()
  t.equal(ask(0x0a, 0, 1), '0001', '1 cycle')
  t.equal(ask(0x0a, 0xff, 0xdd), '0001', '65,501 cycles')
  t.equal(ask(0x09), '000000fa')
  t.equal(ask(0x0a, 0, 2), '0000')
  t.equal(ask(0x0a, 0xff, 0xdc), '0000')
  t.equal(ask(0x08, 1, 0x02, 0x1f), '0001', 'no such gain')
  t.equal(ask(0x08, 1, 0x01, 0x00), '0001', 'no row at all')
  t.equal(ask(0x07), '000001011f')
  t.equal(ask(0x02, 1, 1), '01', 'no such LED on the bridge')
  t.equal(ask(0x04, 0, 3), '0001', 'no such LED setting')
  t.equal(ask(0x0e, 0, 0, 10, 0, 100, 0x80, 0, 0x01, 0, 0x10, 0), '0001', 'no try at all')
})

t.test('a frame comes after exposure and read-out, no sooner, and the capture is dated at the end of exposure', async (t) => {
  const { say, heard, clock, captured } = rig()
  say(0x0a, 0x01, 0xf4, 0x0b)
  t.equal(heard(), '0000')
  await clock.advance(9)
  t.equal(captured.length, 0)
  await clock.advance(1)
  t.strictSame(captured, [{ name: 'even 392', endMs: WALL_MS + 10 }])
  await clock.advance(99)
  t.equal(heard(), '')
  await clock.advance(1)
  t.equal(frame(heard()).bytes, 788)
})

t.test('the light counts that stood before the probe when the exposure began', async (t) => {
  let perMs = 100
  const { say, heard, clock } = rig({ scene: { look: (pixels) => ({ name: 'changing', perMs: new Float64Array(pixels).fill(perMs) }) } })
  say(0x0a, 0x01, 0xf4, 0x0b)
  await clock.advance(5)
  perMs = 5000
  await clock.advance(105)
  isNear(t, frame(heard().slice(4)).mean, 2000)
})

t.test('gain multiplies the light but not the dark, rows and exposure in proportion, and full scale is the end', async (t) => {
  const mean = (...setup: number[]) => {
    const { say, heard, ask } = rig({ unpaced: true })
    ask(...setup)
    say(0x0b)
    return frame(heard()).mean
  }
  isNear(t, mean(0x00), 1000 + 900 * 5)
  isNear(t, mean(0x08, 1, 0x25, 0x1f), 1000 + 900 * 5 * 2.5)
  isNear(t, mean(0x08, 1, 0x05, 0x1f), 1000 + 900 * 5 * 5)
  isNear(t, mean(0x08, 1, 0x01, 0x01), 1000 + 900)
  isNear(t, mean(0x0a, 0x03, 0xe8), 1000 + 900 * 20)
  t.equal(mean(0x0a, 0xff, 0xdc), 65_535)
})

t.test('without binning a frame has 784 pixels', async (t) => {
  const { ask } = rig({ unpaced: true })
  ask(0x08, 0, 0x01, 0x1f)
  const { pixels, bytes, status } = frame(ask(0x0b))
  t.strictSame([pixels, bytes, status], [784, 4 + 2 * 784, [0, 0]])
})

t.test('noise is as large as asked for, and the same seed gives the same frame', async (t) => {
  const counts = () => {
    const { ask } = rig({ unpaced: true, noiseCounts: 20, scene: { look: (pixels) => ({ name: 'dark', perMs: new Float64Array(pixels) }) } })
    return frame(ask(0x0b)).counts
  }
  const first = counts()
  t.strictSame(counts(), first)
  const sd = Math.sqrt(first.reduce((sum, count) => sum + (count - 1000) ** 2, 0) / first.length)
  t.ok(sd > 17 && sd < 23, `${sd}`)
})

t.test('a command is put together from any pieces', async (t) => {
  const { say, heard, ask } = rig()
  say(0x0a)
  say(0x01)
  t.equal(heard(), '')
  say(0xf4, 0x09)
  t.equal(heard(), '0000000001f4')
  t.equal(ask(0x09, 0x09), '000001f4000001f4')
})

t.test('a command sent during an exposure waits for its end', async (t) => {
  const { say, heard, clock } = rig()
  say(0x0b)
  await clock.advance(1)
  say(0x0a, 0x01, 0xf4)
  await clock.advance(103)
  t.equal(heard(), '')
  await clock.advance(1)
  const reply = heard()
  t.equal(reply.length / 2, 788 + 2)
  isNear(t, frame(reply).mean, 1000 + 900 * 5)
  t.equal(reply.slice(-4), '0000')
})

t.test('what arrives beyond the buffer of the bridge during an exposure is lost', async (t) => {
  const { say, heard, clock } = rig()
  say(0x0b)
  say(...new Array<number>(600).fill(0x09))
  await clock.advance(105)
  t.equal(heard().length / 2, 788 + 512 * 4)
})

t.test('the automatic exposure finds the target, keeps it, and says so when it cannot', async (t) => {
  const { ask, captured } = rig({ unpaced: true })
  const reply = ask(0x0c)
  t.match(reply, /^000001/)
  t.equal(captured.length, Number.parseInt(reply.slice(6), 16), 'one exposure a try')
  const peak = Math.max(...frame(ask(0x0b)).counts)
  t.ok(Math.abs(peak - 46_420) <= 3277 + 200, `${peak}`)
  const unlit = rig({ unpaced: true, scene: { look: (pixels) => ({ name: 'dark', perMs: new Float64Array(pixels) }) } })
  t.equal(unlit.ask(0x0c), '0000000c')
})

t.test('nothing is sent to a host that has left, and the next one finds the settings as they were', async (t) => {
  const { end, say, clock, replies } = rig()
  say(0x0a, 0x01, 0xf4, 0x0b)
  end.detach()
  await clock.advance(200)
  t.equal(replies.length, 1)
  end.attach((bytes) => replies.push(bytes))
  say(0x09)
  t.equal(Buffer.concat(replies.slice(1)).toString('hex'), '000001f4')
})

t.test('each misbehaviour does what its sentence says, as often as asked, and is gone then', async (t) => {
  const healthy = '000000fa'
  t.test('silent', async (t) => {
    const { end, ask } = rig()
    end.misbehave('silent', 1)
    t.equal(ask(0x09), '')
    t.equal(ask(0x09), healthy)
  })
  t.test('late', async (t) => {
    const { end, say, heard, clock } = rig()
    end.misbehave('late', 1)
    say(0x09, 0x09)
    await clock.advance(2999)
    t.equal(heard(), '')
    await clock.advance(1)
    t.equal(heard(), healthy + healthy)
  })
  t.test('garbage', async (t) => {
    const { end, ask } = rig()
    end.misbehave('garbage')
    for (let i = 0; i < 300; i++) {
      const reply = ask(0x09)
      t.equal(reply.length, 8)
      t.not(reply.slice(0, 2), '00')
    }
    end.heal()
    t.equal(ask(0x09), healthy)
  })
  t.test('short', async (t) => {
    const { end, ask } = rig({ unpaced: true })
    end.misbehave('short', 1)
    t.equal(ask(0x09), healthy, 'frames only')
    t.equal(ask(0x0b).length / 2, 785)
    t.equal(ask(0x0b).length / 2, 788)
  })
  t.test('error-status', async (t) => {
    const { end, ask } = rig({ unpaced: true })
    end.misbehave('error-status', 3)
    t.equal(ask(0x0a, 0x01, 0xf4), '0001')
    t.equal(ask(0x0b), '0001')
    t.equal(ask(0x01, 0), '01')
    t.equal(ask(0x09), healthy, 'and was not carried out')
  })
  t.test('stale', async (t) => {
    let perMs = 100
    const { end, say, heard, clock } = rig({ scene: { look: (pixels) => ({ name: 'changing', perMs: new Float64Array(pixels).fill(perMs) }) } })
    say(0x0b)
    await clock.advance(105)
    const before = heard()
    perMs = 500
    end.misbehave('stale', 1)
    say(0x0b)
    t.equal(heard(), before, 'at once')
    say(0x0b)
    await clock.advance(105)
    isNear(t, frame(heard()).mean, 1000 + 500 * 5)
  })
  t.test('leftover', async (t) => {
    const { end, replies, ask, heard } = rig({ unpaced: true })
    const old = ask(0x0b)
    end.detach()
    end.misbehave('leftover', 1)
    end.attach((bytes) => replies.push(bytes))
    t.equal(heard(), old.slice(-2 * 37))
    t.equal(ask(0x09), healthy)
  })
  t.test('saturate', async (t) => {
    const { end, ask } = rig({ unpaced: true })
    end.misbehave('saturate', 1)
    t.match(ask(0x0b), /^00000188(ffff){392}$/)
    isNear(t, frame(ask(0x0b)).mean, 5500)
  })
  t.test('wrong-exposure', async (t) => {
    const { end, ask } = rig({ unpaced: true })
    end.misbehave('wrong-exposure', 1)
    t.equal(ask(0x0a, 0x01, 0xf4), '0000')
    t.equal(ask(0x09), '000003e8')
    isNear(t, frame(ask(0x0b)).mean, 1000 + 900 * 20)
  })
  t.test('extra-bytes', async (t) => {
    const { end, ask } = rig()
    end.misbehave('extra-bytes', 1)
    const reply = ask(0x09)
    t.equal(reply.slice(0, 8), healthy)
    t.equal(reply.length / 2, 7)
    t.equal(ask(0x09), healthy)
  })
  t.test('one that does not exist is refused, with the names of those that do', async (t) => {
    const { end } = rig()
    t.throws(() => end.misbehave('explode'), { code: 'USAGE', seen: 'explode', allowed: Object.keys(faults).join(', ') })
    t.throws(() => end.misbehave('silent', 0), { code: 'USAGE', seen: '0 occasions' })
  })
})
