import fc from 'fast-check'
import t from 'tap'
import { allowedCommands, createCodec, encode, type Request } from '../../../drivers/ocean-ooi/codec.js'

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

t.test('commands are the bytes of the documents', async (t) => {
  t.equal(hex(encode({ kind: 'set-integration', value: 100_000 })), '02a0860100', '100 ms in microseconds')
  t.equal(hex(encode({ kind: 'set-integration', value: 100 })), '0264000000', '100 ms in milliseconds')
  t.equal(hex(encode({ kind: 'set-trigger', mode: 0 })), '0a0000')
  t.equal(hex(encode({ kind: 'slot', slot: 17 })), '0511')
  t.equal(hex(encode({ kind: 'register', register: 4 })), '6b04')
})

t.test('no command that writes a slot or a register, or switches a lamp, is allowed', async (t) => {
  t.strictSame(
    [...allowedCommands].sort((a, b) => a - b),
    [0x01, 0x02, 0x05, 0x09, 0x0a, 0x6b, 0xfe],
  )
})

const shape = { slots: 64, pixels: 60, flip: 0, maxCount: 65_535 }
const requests: readonly Request[] = [
  { kind: 'initialise' },
  { kind: 'slot', slot: 1 },
  { kind: 'register', register: 4 },
  { kind: 'status' },
  { kind: 'spectrum', shape },
]

t.test('whatever bytes come in whatever pieces, each is in the books once', async () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...requests),
      fc.uint8Array({ maxLength: 300 }),
      fc.infiniteStream(fc.integer({ min: 1, max: 90 })),
      (request, all, cuts) => {
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

t.test('a spectrum without its sync byte is dropped whole, and one whose pixels are all alike too', async (t) => {
  const spectrum = (fill: number, sync: number) => {
    const codec = createCodec()
    codec.expect({ kind: 'spectrum', shape })
    const bytes = new Uint8Array(129).map((_, i) => (i < 128 ? (fill + (i >> 1) * (fill % 2)) & 0xff : sync))
    return codec.push(bytes)
  }
  t.match(spectrum(1, 0x69), [{ kind: 'reply', bytes: 129 }])
  t.strictSame(spectrum(1, 0x68), [{ kind: 'refused', why: 'sync', bytes: 129 }])
  t.strictSame(spectrum(2, 0x69), [{ kind: 'refused', why: 'implausible', bytes: 129 }])
})
