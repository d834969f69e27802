import { resolve } from 'node:path'
import { Command } from 'commander'
import { Failure } from '../../failures.js'
import { joinedRing, keyFileName, memoryRing } from '../../repository/key-ring.js'
import { isTopRole, lineName } from '../../repository/layout.js'
import { rotate } from '../../repository/role-keys.js'
import { lockOnce, newKeys } from './new-keys.js'
import { next, say } from './say.js'
import { atWork, folderForNew, type KeyOptions, withKeyOptions } from './workplace.js'

interface Options extends KeyOptions {
  readonly key?: string
  readonly with?: string
  readonly json?: boolean
}

/** `repo rotate DIR ROLE`. */
export const rotateCommand = (): Command =>
  withKeyOptions(new Command('rotate'))
    .summary('put a new key in the place of one of a role: root, targets, snapshot, timestamp or a line')
    .argument('<dir>', 'the folder of the repository')
    .argument('<role>', 'root, targets, snapshot, timestamp or a line')
    .option('--key <id>', 'the key to replace, as its id begins; not needed where the role has only one')
    .option('--with <file>', 'take this ed25519 key (PEM) instead of making one')
    .option('--no-passphrase', 'the new key lies open on the disk')
    .addHelpText(
      'after',
      '\nKeys: enough of root, or that of targets for a line; snapshot and timestamp, but for root none beside. Bring the old key too where it still exists: it signs along, so that the folder verifies at every moment.\nFor example:\n  spectro2mqtt repo rotate models-repo timestamp --keys /media/usb',
    )
    .action(async (dir: string, role: string, options: Options) => {
      const name = isTopRole(role) ? role : lineName(role)
      const keys = await newKeys(
        name,
        folderForNew(resolve(dir), options, name),
        options.with === undefined ? [] : [options.with],
        1,
        lockOnce(options),
        options,
      )
      const [added] = keys.keys
      if (added === undefined) throw new Failure('INVARIANT', { seen: 'no new key' })
      const rotated = await atWork(dir, options, (place) =>
        rotate({ ...place, ring: joinedRing(memoryRing(keys.signing), place.ring) }, name, options.key ?? null, added, keys.files),
      )
      const files = keys.files.map(({ path }) => path)
      say(options.json, { ...rotated, role: name, added: added.keyID, files }, [
        `${name}: ${added.keyID.slice(0, 16)} in the place of ${rotated.dropped.slice(0, 16)}; root ${rotated.root}`,
        ...files.map((path) => `  the new key: ${path}`),
        `  the old one counts no more: once this is published, ${keyFileName(name, rotated.dropped)} can be deleted`,
        ...next(dir, rotated),
      ])
    })
