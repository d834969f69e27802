import fc from 'fast-check'
import t from 'tap'
import { allowedCommands, createCodec, encode, type Request } from '../../../drivers/chromation/codec.js'

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

t.test('commands are the bytes of the documents', async (t) => {
  t.equal(hex(encode({ kind: 'set-exposure', cycles: 500 })), '0a01f4', '10 ms')
  t.equal(hex(encode({ kind: 'capture', pixels: 392 })), '0b')
  t.equal(hex(encode({ kind: 'set-config', binning: 2, gain: 1, rows: 0x1f })), '0802011f')
  t.equal(hex(encode({ kind: 'get-exposure' })), '09')
})

t.test('no command for LEDs, automatic exposure or reset is allowed', async (t) => {
  t.strictSame(
    [...allowedCommands].sort((a, b) => a - b),
    [0x07, 0x08, 0x09, 0x0a, 0x0b, 0x0f],
  )
})

const requests: readonly Request[] = [
  { kind: 'get-config' },
  { kind: 'set-config', binning: 1, gain: 1, rows: 31 },
  { kind: 'get-exposure' },
  { kind: 'set-exposure', cycles: 250 },
  { kind: 'capture', pixels: 392 },
  { kind: 'get-hash' },
]

t.test('whatever bytes come in whatever pieces, each is in the books once', async () => {
  const bytes = fc.uint8Array({ maxLength: 1000 })
  fc.assert(
    fc.property(
      fc.constantFrom(...requests),
      bytes,
      fc.boolean(),
      fc.infiniteStream(fc.integer({ min: 1, max: 300 })),
      (request, tail, begins, cuts) => {
        const all = Uint8Array.of(...(begins ? [0, 0, 1, 0x88] : []), ...tail)
        const codec = createCodec()
        codec.expect(request)
        let at = 0
        let told = 0
        for (const cut of cuts) {
          if (at >= all.length) break
          for (const { bytes } of codec.push(all.subarray(at, at + cut))) told += bytes
          at += cut
        }
        return told + codec.held === all.length && codec.abandon() + told === all.length && codec.held === 0
      },
    ),
    { seed: 4711, numRuns: 300 },
  )
})

t.test('the largest frame there is fits, and a saturated one is a frame', async (t) => {
  const codec = createCodec()
  codec.expect({ kind: 'capture', pixels: 784 })
  const [decoded] = codec.push(Uint8Array.of(0, 0, 0x03, 0x10, ...new Uint8Array(1568).fill(0xff)))
  t.match(decoded, { kind: 'reply', bytes: 1572, reply: { kind: 'frame' } })
})

t.test('bytes that nobody asked for are refused as out of step', async (t) => {
  t.strictSame(createCodec().push(Uint8Array.of(0, 0, 0, 0xfa)), [{ kind: 'refused', why: 'sync', bytes: 4 }])
})
