import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { readBundle } from '../../src/models/bundle.js'
import { BUNDLE } from '../support/agent-config.js'
import { inside } from '../support/command-line.js'
import { type Box, type Fleet, startFleet, withoutPython } from '../support/fleet.js'
import { withoutMosquitto } from '../support/mosquitto.js'
import { freshFolder } from '../support/tiny-folder.js'

t.setTimeout(300_000)

const MODEL = 'tablets/tablet-dose'
/** Bytes after which a transfer is held: the metadata before a bundle are far fewer, the bundle has more. */
const MIDDLE = 100_000

/** An author with a repository made by the commands, published to a folder. */
const author = async (t: Test) => {
  const folder = freshFolder(t)
  const published = join(folder, 'www')
  const repo = async (...args: string[]): Promise<void> => {
    const { exit, err } = await inside(t, ...args)
    t.equal(exit, 0, `${args.slice(0, 2).join(' ')} ${err}`)
  }
  const make = (name: string) => repo('repo', 'init', join(folder, name), '--no-passphrase')
  /** The shipped model under this version, listed; resolves to its SHA-256. */
  const add = async (version: string, name = 'repository'): Promise<string> => {
    const file = join(folder, `${version}.s2m`)
    if (version === '1.0.0') writeFileSync(file, readFileSync(BUNDLE))
    else await repo('bundle', 'renumber', BUNDLE, version, '--out', file)
    await repo('repo', 'add', join(folder, name), file, '--line', 'tablets')
    return readBundle(readFileSync(file)).sha256
  }
  const publish = (name = 'repository', out = published) => repo('repo', 'publish', join(folder, name), '--out', out)
  await make('repository')
  return { folder, published, make, add, publish }
}

/** The file of a bundle below a folder in which bundles lie as they are published. */
const fileOf = (folder: string, sha256: string): string => join(folder, 'targets', MODEL, `${sha256}.${sha256}.s2m`)

/** The same length, one byte another. */
const forge = (file: string): void => {
  const bytes = readFileSync(file)
  const at = Math.floor(bytes.length / 2)
  bytes[at] = (bytes[at] ?? 0) ^ 1
  writeFileSync(file, bytes)
}

const settled = (box: Box, sha256: string) => (): boolean => {
  const slot = box.slot()
  return slot?.phase === 'committed' && slot.installed?.sha256 === sha256
}

const both = (fleet: Fleet, holds: (box: Box) => boolean): Promise<void> => fleet.until(() => fleet.boxes.every(holds))

/** Of everything that any of them ever answered: nothing is missing, and nothing else answered than these bundles. */
const judge = async (t: Test, fleet: Fleet, allowed: Readonly<Record<string, string>>): Promise<void> => {
  // What waited while a box had no broker comes after what is new.
  await both(fleet, (box) => box.ledger().lost.length === 0)
  for (const box of fleet.boxes) {
    await box.stop()
    t.strictSame(box.ledger(), { lost: [], denied: [] }, `${box.id}: every number came, or was announced as unused`)
    const seen = new Set(box.results().map(({ model }) => `${model?.version} ${model?.sha256}`))
    t.strictSame(
      [...seen].sort(),
      Object.entries(allowed)
        .map((entry) => entry.join(' '))
        .sort(),
      `${box.id} answered by these alone`,
    )
  }
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
