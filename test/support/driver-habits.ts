import type { Test } from 'tap'
import { isFailure } from '../../src/failures.js'
import type { Family } from './families.js'
import { createRig, exposureOf, never, start } from './instrument-rig.js'

/** What every driver does whatever its instrument: obeys, starts clean, closes, keeps to its commands. */
export const habitTests = (t: Test, family: Family): void => {
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
