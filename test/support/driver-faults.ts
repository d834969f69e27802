import type { Test } from 'tap'
import { isFailure } from '../../src/failures.js'
import type { Family } from './families.js'
import { createRig, exposureOf, never, start } from './instrument-rig.js'

/** What may come of an instrument that misbehaves: a failure that says so. Never another thing that is thrown. */
const honest = ['BAD_FRAME', 'STALE_FRAME', 'NO_ANSWER', 'DEADLINE', 'PORT_GONE', 'SETTING_REFUSED'] as const

/** Each misbehaviour of the emulator, once, without end, in settings and at connecting: never a wrong spectrum. */
export const faultTests = (t: Test, family: Family, model: string): void => {
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
