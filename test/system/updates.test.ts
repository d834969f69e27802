import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { startFleet, withoutPython } from '../support/fleet.js'
import { author, both, judge, MODEL, settled } from '../support/fleet-author.js'
import { withoutMosquitto } from '../support/mosquitto.js'

t.setTimeout(300_000)

/** Bytes after which a transfer is held: the metadata before a bundle are far fewer, the bundle has more. */
const MIDDLE = 100_000

/** The file of a bundle below a folder in which bundles lie as they are published. */
const fileOf = (folder: string, sha256: string): string => join(folder, 'targets', MODEL, `${sha256}.${sha256}.s2m`)

/** The same length, one byte another. */
const forge = (file: string): void => {
  const bytes = readFileSync(file)
  const at = Math.floor(bytes.length / 2)
  bytes[at] = (bytes[at] ?? 0) ^ 1
  writeFileSync(file, bytes)
}

const skip = withoutMosquitto || withoutPython

t.test('one retained message moves a fleet to the new model, a second one back', { skip }, async (t) => {
  const { published, add, publish, folder } = await author(t)
  const [old, fresh] = [await add('1.0.0'), await add('1.1.0')]
  await publish()
  const fleet = await startFleet(t, folder, published)
  for (const sha256 of [old, fresh]) fleet.allowed.add(sha256)
  await fleet.order({ model: MODEL })
  await both(fleet, (box) => settled(box, fresh)())
  await fleet.order({ model: MODEL, version: '1.0.0' })
  await both(fleet, (box) => settled(box, old)())
  // And it goes on.
  const counts = fleet.boxes.map((box) => box.results().length)
  await both(fleet, (box) => fleet.boxes.every((each, i) => each.results().length > (counts[i] ?? 0) + 10) && box.slot()?.installed?.sha256 === old)
  await judge(t, fleet, { '1.0.0': old, '1.1.0': fresh })
})

t.test('the same with cut lines, a server and agents that are killed, and forged bundles', { skip }, async (t) => {
  const { published, make, add, publish, folder } = await author(t)
  const [old, fresh] = [await add('1.0.0'), await add('1.1.0')]
  await publish()
  const fleet = await startFleet(t, folder, published)
  for (const sha256 of [old, fresh]) fleet.allowed.add(sha256)
  const [first, second] = fleet.boxes

  // Both transfers come to a halt in the middle.
  const held = fleet.boxes.map(({ toRepository }) => toRepository.holdAfter(MIDDLE))
  await fleet.order({ model: MODEL })
  await Promise.all(held)

  t.comment('the network of one is cut, while the other is killed in its transfer')
  await Promise.all([first.toBroker.cut(), first.toRepository.cut()])
  await fleet.until(() => second.slot()?.phase === 'fetching')
  await second.kill()
  second.toRepository.release()
  const again = first.toRepository.holdAfter(MIDDLE)
  await Promise.all([first.toBroker.mend(), first.toRepository.mend()])
  second.start()

  t.comment('the server is killed in the transfer that goes on')
  await again
  await fleet.server.kill()
  await first.toRepository.cut()
  await first.toRepository.mend()
  await fleet.until(() => first.slot()?.phase === 'rejected')
  t.match(first.slot(), { reason: { code: 'NETWORK_FAILED', cause: 'machine' }, installed: { sha256: old } })
  await fleet.server.start()
  t.match(await first.ask('model/check'), { status: 'ok' })

  t.comment('the other is killed once more, at work on trial')
  await second.ask('model/check')
  await fleet.until(() => second.slot()?.phase === 'probation')
  await second.kill()
  second.start()
  await both(fleet, (box) => settled(box, fresh)())

  t.comment('a bundle with one byte changed on the server')
  const evil = await add('1.2.0')
  await publish()
  forge(fileOf(published, evil))
  await fleet.order({ model: MODEL, version: '1.2.0' })
  await both(fleet, (box) => box.slot()?.phase === 'rejected')
  for (const box of fleet.boxes) t.match(box.slot(), { reason: { code: 'TRUST_HASH' }, installed: { sha256: fresh } }, box.id)

  t.comment('a whole repository signed by other keys')
  await make('foreign')
  await add('9.9.9', 'foreign')
  await publish('foreign', join(folder, 'foreign-www'))
  renameSync(published, join(folder, 'away'))
  renameSync(join(folder, 'foreign-www'), published)
  await fleet.order({ model: MODEL, version: '9.9.9' })
  await both(fleet, (box) => box.codes().includes('TRUST_THRESHOLD'))
  for (const box of fleet.boxes) t.match(box.slot(), { installed: { sha256: fresh } }, box.id)
  renameSync(published, join(folder, 'foreign-www'))
  renameSync(join(folder, 'away'), published)

  t.comment('and one in the mirror of each agent, where the bundle that is wanted next will be looked for')
  for (const box of fleet.boxes) {
    const [known = ''] = readdirSync(join(box.state, 'mirror', 'targets', MODEL)).filter((name) => name.startsWith(fresh))
    const place = fileOf(join(box.state, 'mirror'), old)
    writeFileSync(place, readFileSync(join(box.state, 'mirror', 'targets', MODEL, known)))
    forge(place)
  }
  await fleet.order({ model: MODEL, version: '1.0.0' })
  await both(fleet, (box) => settled(box, old)())
  await judge(t, fleet, { '1.0.0': old, '1.1.0': fresh })
})
