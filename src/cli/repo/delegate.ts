import { resolve } from 'node:path'
import { Command } from 'commander'
import { delegate } from '../../repository/delegate.js'
import { joinedRing, memoryRing } from '../../repository/key-ring.js'
import { lineName } from '../../repository/layout.js'
import { lockOnce, newKeys } from './new-keys.js'
import { next, say } from './say.js'
import { atWork, folderForNew, type KeyOptions, withKeyOptions } from './workplace.js'

interface Options extends KeyOptions {
  readonly key: readonly string[]
  readonly json?: boolean
}

/** `repo delegate DIR LINE`. */
export const delegateCommand = (): Command =>
  withKeyOptions(new Command('delegate'))
    .summary('give a product line a key of its own, which can sign for nothing else')
    .argument('<dir>', 'the folder of the repository')
    .argument('<line>', 'the product line')
    .option(
      '--key <file>',
      'take this ed25519 key (PEM) instead of making one; may be given again',
      (file: string, before: readonly string[]) => [...before, file],
      [],
    )
    .option('--no-passphrase', 'the new key lies open on the disk')
    .addHelpText(
      'after',
      '\nKeys: needs that of targets and that of the line; then snapshot and timestamp, here or later by "repo refresh".\nFor example:\n  spectro2mqtt repo delegate models-repo tablets --keys /media/usb',
    )
    .action(async (dir: string, line: string, options: Options) => {
      const keys = await newKeys(lineName(line), folderForNew(resolve(dir), options, line), options.key, 1, lockOnce(options), options)
      const outcome = await atWork(dir, options, (place) =>
        delegate({ ...place, ring: joinedRing(memoryRing(keys.signing), place.ring) }, line, { keys: keys.keys, threshold: 1 }, keys.files),
      )
      const files = keys.files.map(({ path }) => path)
      say(options.json, { ...outcome, line, keys: keys.keys.map(({ keyID }) => keyID), files }, [
        `${line}: signed for by ${keys.keys.map(({ keyID }) => keyID.slice(0, 16)).join(', ')} alone; ${outcome.moved.length} bundles moved to it`,
        ...files.map((path) => `  must leave this machine, for those who look after the line: ${path}`),
        ...next(dir, outcome),
      ])
    })
