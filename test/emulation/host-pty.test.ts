import { spawnSync } from 'node:child_process'
import { existsSync, lstatSync, writeFileSync } from 'node:fs'
import { SerialPort } from 'serialport'
import t, { type Test } from 'tap'
import type { StreamEnd } from '../../src/emulation/contract.js'
import { hostPty } from '../../src/emulation/host-pty.js'

const hasSocat = spawnSync('socat', ['-V']).status === 0
const needsSocat = hasSocat ? false : 'skipped: socat is not installed (sudo apt install socat)'

const echo = (): StreamEnd & { attached: boolean } => {
  let send: ((bytes: Uint8Array) => void) | null = null
  const end = {
    kind: 'stream' as const,
    attached: false,
    attach(host: (bytes: Uint8Array) => void) {
      end.attached = true
      send = host
    },
    receive: (bytes: Uint8Array) => send?.(bytes),
    detach() {
      end.attached = false
      send = null
    },
    misbehave() {},
    heal() {},
  }
  return end
}

/** Opens the port, says these bytes, and gives what comes back. */
const talk = async (path: string, bytes: readonly number[]): Promise<readonly number[]> => {
  const port = new SerialPort({ path, baudRate: 115_200, lock: true, autoOpen: false })
  await new Promise<void>((resolve, reject) => port.open((error) => (error ? reject(error) : resolve())))
  const got: number[] = []
  const all = new Promise<void>((resolve) => {
    port.on('data', (part: Buffer) => {
      got.push(...part)
      if (got.length >= bytes.length) resolve()
    })
  })
  port.write(Buffer.from(bytes))
  await all
  await new Promise<void>((resolve) => port.close(() => resolve()))
  return got
}
const folder = (t: Test) => `${t.testdir()}/port`

t.test('the pseudo-terminal passes every byte unchanged, for one client after the other', { skip: needsSocat }, async (t) => {
  const path = folder(t)
  const end = echo()
  const hosted = await hostPty(end, path)
  t.teardown(hosted.close)
  const everyByte = Array.from({ length: 256 }, (_, i) => i)
  t.strictSame(await talk(path, everyByte), everyByte)
  t.strictSame(await talk(path, [0x0a, 0x01, 0xf4]), [0x0a, 0x01, 0xf4])
  t.ok(end.attached)
})

t.test('closing takes the link away, detaches the instrument and may be done twice', { skip: needsSocat }, async (t) => {
  const path = folder(t)
  const end = echo()
  const hosted = await hostPty(end, path)
  t.ok(lstatSync(path).isSymbolicLink())
  await hosted.close()
  await hosted.close()
  t.notOk(existsSync(path))
  t.notOk(end.attached)
})

t.test('a path that another one uses, that holds a file, or that socat cannot take is refused', { skip: needsSocat }, async (t) => {
  const path = folder(t)
  const hosted = await hostPty(echo(), path)
  t.teardown(hosted.close)
  await t.rejects(hostPty(echo(), path), { code: 'PORT_BUSY', where: path })
  writeFileSync(`${path}-file`, 'precious')
  await t.rejects(hostPty(echo(), `${path}-file`), { code: 'USAGE', seen: 'something is there already' })
  t.ok(lstatSync(`${path}-file`).isFile())
  await t.rejects(hostPty(echo(), `${path},fork`), { code: 'USAGE' })
  await t.rejects(hostPty(echo(), `${path}-none/port`), { code: 'PORT_FAILED', seen: /No such file/ })
})

t.test('a missing socat is told, with the command that installs it', async (t) => {
  const { PATH } = process.env
  process.env['PATH'] = t.testdir()
  t.teardown(() => {
    process.env['PATH'] = PATH
  })
  await t.rejects(hostPty(echo(), folder(t)), { code: 'PART_MISSING', cure: 'sudo apt install socat' })
})
