import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createDriver } from '../../drivers/chromation/driver.js'
import { createEmulator } from '../../drivers/chromation/emulator.js'
import type { StreamEnd } from '../../src/emulation/contract.js'
import { type HostedPty, hostPty } from '../../src/emulation/host-pty.js'
import { isFailure } from '../../src/failures.js'
import type { Driver } from '../../src/instruments/contract.js'
import type { OpenLink } from '../../src/links/contract.js'
import { openPort } from '../../src/links/open.js'
import { systemClock } from '../../src/system-clock.js'
import { withoutSocat } from '../support/pty.js'

const PER_MS = 50
const DARK_COUNTS = 1000
const settings = { integrationUs: 20_000, gain: null, binning: null }
const skip = withoutSocat()
const never = new AbortController().signal

interface Rig {
  readonly end: StreamEnd
  readonly host: HostedPty
  readonly bad: number[]
  connect(): Promise<{ driver: Driver; open: OpenLink }>
}

/** An emulated Chromation behind a pseudo-terminal, and the way to open it as an agent does. */
const rig = async (t: Test): Promise<Rig> => {
  const scene = { look: (pixels: number) => ({ name: 'even', perMs: new Float64Array(pixels).fill(PER_MS) }) }
  const end = createEmulator({ scene, clock: systemClock, seed: 1, noiseCounts: 0, darkCounts: DARK_COUNTS })
  const host = await hostPty(end, join(t.testdir(), 'port'))
  t.teardown(() => host.close())
  const bad: number[] = []
  const connect = async () => {
    const open = await openPort(`serial:${host.path}`)
    const driver = createDriver(open, { clock: systemClock, badFrame: (_cause, bytes) => bad.push(bytes) })
    t.teardown(async () => {
      await driver.close()
      await open.close()
    })
    return { driver, open }
  }
  return { end, host, bad, connect }
}
const code = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    (error: unknown) => (isFailure(error) ? error.code : String(error)),
  )
const meanOf = (counts: Float64Array): number => counts.reduce((sum, count) => sum + count, 0) / counts.length
/** The mean of all pixels differs from light plus dark by the shot noise, a count or so. */
const isRight = (counts: Float64Array): boolean => Math.abs(meanOf(counts) - DARK_COUNTS - (PER_MS * settings.integrationUs) / 1000) < 10

t.test('an instrument on a serial port is identified, set and measured, and found again after a restart', { skip }, async (t) => {
  const { bad, connect } = await rig(t)
  for (const run of ['first', 'second']) {
    const { driver, open } = await connect()
    t.match(await driver.identify(), { family: 'chromation', model: 'dev-kit', pixels: 392 }, run)
    t.match(await driver.apply(settings), { integrationUs: { rounded: 20_000, readBack: 20_000 } })
    const frame = await driver.acquire(never)
    t.ok(isRight(frame.counts), `mean of ${meanOf(frame.counts)}`)
    await driver.close()
    await open.close()
  }
  t.strictSame(bad, [])
})

t.test('a frame that lost bytes is refused and counted, and the next one is right', { skip }, async (t) => {
  const { end, bad, connect } = await rig(t)
  const { driver } = await connect()
  await driver.identify()
  await driver.apply(settings)
  end.misbehave('short', 1)
  t.match(await code(driver.acquire(never)), /^(BAD_FRAME|DEADLINE|NO_ANSWER)$/)
  t.not(bad.length, 0)
  t.ok(isRight((await driver.acquire(never)).counts))
})

t.test('a cable pulled out during an exposure ends it', { skip }, async (t) => {
  const { host, connect } = await rig(t)
  const { driver, open } = await connect()
  await driver.identify()
  await driver.apply({ ...settings, integrationUs: 1_000_000 })
  const frame = code(driver.acquire(never))
  await host.close()
  t.equal(await frame, 'PORT_GONE')
  t.match(await open.gone, { code: 'PORT_GONE' })
})
