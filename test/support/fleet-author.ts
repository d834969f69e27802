import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { readBundle } from '../../src/models/bundle.js'
import { BUNDLE } from './agent-config.js'
import { inside } from './command-line.js'
import type { Box, Fleet } from './fleet.js'
import { freshFolder } from './tiny-folder.js'

export const MODEL = 'tablets/tablet-dose'

/** An author with a repository made by the commands, published to a folder. */
export const author = async (t: Test) => {
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

/** The install of this bundle is over, and it stays. */
export const settled = (box: Box, sha256: string) => (): boolean => {
  const slot = box.slot()
  return slot?.phase === 'committed' && slot.installed?.sha256 === sha256
}

export const both = (fleet: Fleet, holds: (box: Box) => boolean): Promise<void> => fleet.until(() => fleet.boxes.every(holds))

/** Of everything that any of them ever answered: nothing is missing, and nothing else answered than these bundles. */
export const judge = async (t: Test, fleet: Fleet, allowed: Readonly<Record<string, string>>): Promise<void> => {
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
