import t from 'tap'
import { type Box, startFleet, withoutPython } from '../support/fleet.js'
import { author, both, judge, MODEL, settled } from '../support/fleet-author.js'
import { withoutMosquitto } from '../support/mosquitto.js'

t.setTimeout(180_000)

const skip = withoutMosquitto || withoutPython

t.test('an agent that is stopped in each phase of a trial, and one that is killed in the shadow run, both come to its end', { skip }, async (t) => {
  const { published, add, publish, folder } = await author(t)
  const [old, fresh] = [await add('1.0.0'), await add('1.1.0')]
  await publish()
  const fleet = await startFleet(t, folder, published)
  for (const sha256 of [old, fresh]) fleet.allowed.add(sha256)
  const [first, second] = fleet.boxes
  const reaches = (box: Box, phase: string) => fleet.until(() => box.slot()?.phase === phase)
  await fleet.order({ model: MODEL })

  const killed = reaches(second, 'shadow').then(async () => {
    await second.kill()
    t.match(second.slot(), { installed: { sha256: old } })
    second.start()
  })
  for (const phase of ['selftest', 'shadow', 'probation'] as const) {
    await reaches(first, phase)
    t.equal(await first.stop(), 0, `stopped in ${phase}`)
    first.start()
  }
  await killed
  await both(fleet, (box) => settled(box, fresh)())
  for (const box of fleet.boxes) t.match(box.slot(), { reason: null, refusal: null }, `${box.id}: nothing was held against the bundle`)
  await judge(t, fleet, { '1.0.0': old, '1.1.0': fresh })
})
