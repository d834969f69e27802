import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import { createEmulator } from '../../drivers/ocean-ooi/emulator.js'
import { hostUsbip, MAX_WAITING_TRANSFERS } from '../../src/emulation/host-usbip.js'
import { MAX_TRANSFER_BYTES } from '../../src/emulation/usbip-wire.js'
import { manualClock } from '../support/manual-clock.js'

const LIST = '0111800500000000'
const importOf = (busId: string) => `0111800300000000${Buffer.alloc(32, 0).fill(busId, 0, busId.length, 'latin1').toString('hex')}`

/** Talks USB/IP as the kernel does: asks, and reads exactly as many bytes as the answer must have. */
const host = async (t: Test, port: number) => {
  const socket: Socket = connect({ host: '127.0.0.1', port })
  socket.on('error', () => {})
  t.teardown(() => socket.destroy())
  await once(socket, 'connect')
  let held = Buffer.alloc(0)
  let closed = false
  socket.on('data', (bytes: Buffer) => {
    held = Buffer.concat([held, bytes])
  })
  socket.once('close', () => {
    closed = true
  })
  const read = async (count: number): Promise<Buffer> => {
    while (held.length < count && !closed) await new Promise((resolve) => setImmediate(resolve))
    const got = held.subarray(0, count)
    held = held.subarray(count)
    return got
  }
  const sendHex = (hex: string) => socket.write(Buffer.from(hex, 'hex'))
  let seq = 0
  const submit = (isIn: boolean, endpoint: number, length: number, { setup = '0000000000000000', data = '' } = {}): number => {
    const header = Buffer.alloc(48)
    header.writeUInt32BE(1, 0)
    header.writeUInt32BE(++seq, 4)
    header.writeUInt32BE(0x0001_0002, 8)
    header.writeUInt32BE(isIn ? 1 : 0, 12)
    header.writeUInt32BE(endpoint, 16)
    header.writeUInt32BE(length, 24)
    header.set(Buffer.from(setup, 'hex'), 40)
    socket.write(Buffer.concat([header, Buffer.from(data, 'hex')]))
    return seq
  }
  const answer = async (hasData = false) => {
    const header = await read(48)
    const length = header.readUInt32BE(24)
    const data = hasData ? (await read(length)).toString('hex') : ''
    return { command: header.readUInt32BE(0), seq: header.readUInt32BE(4), status: header.readInt32BE(20), length, data }
  }
  const unlink = (victim: number): number => {
    const header = Buffer.alloc(48)
    header.writeUInt32BE(2, 0)
    header.writeUInt32BE(++seq, 4)
    header.writeUInt32BE(victim, 20)
    socket.write(header)
    return seq
  }
  const control = async (setup: string) => {
    const length = Buffer.from(setup, 'hex').readUInt16LE(6)
    submit(true, 0, length, { setup })
    return answer(true)
  }
  const out = async (data: string) => {
    submit(false, 1, data.length / 2, { data })
    return answer()
  }
  return { socket, read, sendHex, submit, answer, unlink, control, out, isClosed: () => closed }
}

const served = async (t: Test, model = 'USB4000') => {
  const end = createEmulator({
    model,
    scene: { look: (pixels) => ({ name: 'dark', perMs: new Float64Array(pixels) }) },
    clock: manualClock(),
    seed: 5,
    unpaced: true,
  })
  const hosted = await hostUsbip(end, 0)
  t.teardown(hosted.close)
  return { end, hosted }
}
const TAKEN = '0111000300000002'
/** Takes the instrument over, as soon as the host before has let go of it. */
const imported = async (t: Test, port: number) => {
  for (let attempt = 0; ; attempt++) {
    const client = await host(t, port)
    client.sendHex(importOf('1-1'))
    const head = (await client.read(8)).toString('hex')
    if (head === TAKEN && attempt < 100) continue
    t.equal(head, '0111000300000000')
    await client.read(312)
    return client
  }
}

t.test('the device list names the one instrument with ids, speed and interface, and ends', async (t) => {
  const { hosted } = await served(t)
  const { sendHex, read, isClosed } = await host(t, hosted.port)
  sendHex(LIST)
  t.equal((await read(12)).toString('hex'), '011100050000000000000001')
  const record = await read(312)
  t.match(record.toString('latin1', 0, 256), /^\/sys\/devices\/emulated\/usb1\/1-1\0/)
  t.match(record.toString('latin1', 256, 288), /^1-1\0+$/)
  t.equal(record.subarray(288).toString('hex'), '00000001' + '00000002' + '00000003' + '2457' + '1022' + '0002' + '000000' + '00' + '01' + '01')
  t.equal((await read(4)).toString('hex'), 'ff000000')
  await read(1)
  t.ok(isClosed())
})

t.test('a bus id that is not there and an instrument that another host holds are refused', async (t) => {
  const { hosted } = await served(t)
  const lost = await host(t, hosted.port)
  lost.sendHex(importOf('2-7'))
  t.equal((await lost.read(8)).toString('hex'), '0111000300000004')
  const first = await imported(t, hosted.port)
  const second = await host(t, hosted.port)
  second.sendHex(importOf('1-1'))
  t.equal((await second.read(8)).toString('hex'), TAKEN)
  t.equal((await first.control('8008000000000100')).data, '00', 'the first one still has it')
  const lister = await host(t, hosted.port)
  lister.sendHex(LIST)
  t.equal((await lister.read(12)).toString('hex'), '011100050000000000000001', 'the list is open to all')
})

t.test('standard requests are answered as the USB specification has them', async (t) => {
  const { hosted, end } = await served(t)
  const { control, submit, answer } = await imported(t, hosted.port)
  t.equal((await control('8006000100004000')).data, Buffer.from(end.deviceDescriptor).toString('hex'))
  t.equal((await control('8006000100000800')).data, Buffer.from(end.deviceDescriptor).toString('hex', 0, 8), 'cut to what was asked for')
  t.equal((await control('800600020000ff00')).data, Buffer.from(end.configurationDescriptor).toString('hex'))
  t.equal((await control('800600030000ff00')).data, '04030904')
  t.equal((await control('800601030904ff00')).data, `1a03${Buffer.from('Ocean Optics', 'utf16le').toString('hex')}`)
  t.match(await control('800609030904ff00'), { status: -32, length: 0 }, 'a string that is not there stalls')
  t.match(await control('8006000600000a00'), { status: -32 }, 'no device qualifier')
  t.equal((await control('8008000000000100')).data, '00')
  submit(false, 0, 0, { setup: '0009010000000000' })
  t.match(await answer(), { command: 3, status: 0, length: 0 })
  t.equal((await control('8008000000000100')).data, '01', 'configured')
  submit(false, 0, 0, { setup: '0009070000000000' })
  t.match(await answer(), { status: -32 }, 'no such configuration')
  submit(false, 0, 0, { setup: '0201000082000000' })
  t.match(await answer(), { status: 0 }, 'clear halt, by the instrument itself')
  t.match(await control('c001000000000800'), { status: -32 }, 'a vendor request it does not know')
})

t.test('commands, replies and a spectrum pass, with stalls as EPIPE', async (t) => {
  const { hosted, end } = await served(t)
  const { out, submit, answer } = await imported(t, hosted.port)
  t.match(await out('0500'), { command: 3, status: 0, length: 2 })
  submit(true, 1, 64)
  t.match((await answer(true)).data, /^0500/)
  await out('09')
  submit(true, 6, 2048)
  t.match(await answer(true), { status: 0, length: 2048 })
  submit(true, 2, 6144)
  t.match(await answer(true), { status: 0, length: 5633, data: /69$/ })
  end.misbehave('stall', 1)
  await out('09')
  submit(true, 2, 6144)
  t.match(await answer(), { status: -32, length: 0 })
  submit(false, 3, 1, { data: '00' })
  t.match(await answer(), { status: -32 }, 'no such endpoint')
})

t.test('a transfer waits until there is something, and those of one endpoint are served in their order', async (t) => {
  const { hosted } = await served(t)
  const { submit, answer, out } = await imported(t, hosted.port)
  const [first, second] = [submit(true, 1, 64), submit(true, 1, 64)]
  const command = submit(false, 1, 2, { data: '0501' })
  t.match(await answer(), { seq: command, status: 0 }, 'an OUT is not held up by a waiting IN')
  t.match(await answer(true), { seq: first, data: /^0501/ })
  await out('0502')
  t.match(await answer(true), { seq: second, data: /^0502/ })
})

t.test('an unlinked transfer never answers, and leaves what comes later to the next one', async (t) => {
  const { hosted } = await served(t)
  const { submit, answer, unlink, out } = await imported(t, hosted.port)
  const victim = submit(true, 1, 64)
  const cancel = unlink(victim)
  t.match(await answer(), { command: 4, seq: cancel, status: -104 })
  await out('0503')
  const next = submit(true, 1, 64)
  t.match(await answer(true), { command: 3, seq: next, data: /^0503/ })
  const late = unlink(next)
  t.match(await answer(), { command: 4, seq: late, status: 0 }, 'too late: it was done')
})

t.test('more waiting transfers than the limit fail, the others go on', async (t) => {
  const { hosted } = await served(t)
  const { submit, answer, out } = await imported(t, hosted.port)
  const first = submit(true, 1, 64)
  for (let i = 1; i < MAX_WAITING_TRANSFERS; i++) submit(true, 1, 64)
  const beyond = submit(true, 1, 64)
  t.match(await answer(), { seq: beyond, status: -12 })
  await out('0500')
  t.match(await answer(true), { seq: first, status: 0 })
})

t.test('requests are put together from any pieces', async (t) => {
  const { hosted } = await served(t)
  const { sendHex, read } = await host(t, hosted.port)
  for (const byte of Buffer.from(importOf('1-1'), 'hex')) sendHex(byte.toString(16).padStart(2, '0'))
  t.equal((await read(8)).toString('hex'), '0111000300000000')
})

t.test('what is not USB/IP, or larger than any transfer, ends the connection', async (t) => {
  const { hosted } = await served(t)
  const web = await host(t, hosted.port)
  web.socket.write('GET / HTTP/1.1\r\n\r\n')
  await web.read(1)
  t.ok(web.isClosed())
  const early = await host(t, hosted.port)
  early.submit(true, 1, 64)
  await early.read(1)
  t.ok(early.isClosed(), 'a transfer before the import')
  const greedy = await imported(t, hosted.port)
  greedy.submit(true, 1, MAX_TRANSFER_BYTES + 1)
  await greedy.read(1)
  t.ok(greedy.isClosed())
})

t.test('an instrument that vanishes pulls the cable, and can be taken again', async (t) => {
  const { hosted, end } = await served(t, 'USB2000+')
  const client = await imported(t, hosted.port)
  end.misbehave('vanish', 1)
  client.submit(true, 2, 4608)
  client.submit(false, 1, 1, { data: '09' })
  await client.read(4096)
  t.ok(client.isClosed())
  const again = await imported(t, hosted.port)
  await again.out('09')
  again.submit(true, 2, 4608)
  t.match(await again.answer(true), { status: 0, length: 4097 })
})

t.test('a host that leaves frees the instrument; closing pulls the cable and may be done twice', async (t) => {
  const { hosted } = await served(t)
  const first = await imported(t, hosted.port)
  first.submit(true, 1, 64)
  first.socket.destroy()
  const second = await imported(t, hosted.port)
  await second.out('0500')
  second.submit(true, 1, 64)
  t.match((await second.answer(true)).data, /^0500/, 'the transfer of the first one does not take it')
  await hosted.close()
  await hosted.close()
  await second.read(1)
  t.ok(second.isClosed())
  const again = await hostUsbip(
    createEmulator({ scene: { look: () => ({ name: '', perMs: new Float64Array(0) }) }, clock: manualClock(), seed: 1 }),
    hosted.port,
  )
  await t.rejects(
    hostUsbip(createEmulator({ scene: { look: () => ({ name: '', perMs: new Float64Array(0) }) }, clock: manualClock(), seed: 1 }), hosted.port),
    {
      code: 'PORT_BUSY',
    },
  )
  await again.close()
})
