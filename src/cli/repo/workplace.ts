import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import { Failure, isFailure } from '../../failures.js'
import { folderRing, joinedRing } from '../../repository/key-ring.js'
import { isOnline, KEYS } from '../../repository/layout.js'
import { nodeFiles } from '../../repository/node-files.js'
import type { Workplace } from '../../repository/open.js'
import { lockFolder } from '../../store/folder.js'
import { systemClock } from '../../system-clock.js'
import { type PassphraseOptions, toOpen } from './passphrase.js'

export interface KeyOptions extends PassphraseOptions {
  readonly keys: readonly string[]
}

/** Options of every command that signs. */
export const withKeyOptions = (command: Command): Command =>
  command
    .option(
      '--keys <dir>',
      'a folder of key files, such as a medium; may be given again',
      (dir: string, before: readonly string[]) => [...before, dir],
      [],
    )
    .option('--passphrase-file <file>', 'a file with the passphrase of the keys in one line; else SPECTRO2MQTT_PASSPHRASE, else it is asked for')
    .option('--json', 'one JSON document on standard output')

/** The repository with the keys that are at hand: those of `--keys`, then those of its own folder. `held`: for the time of the work alone. */
export const atWork = async <Result>(dir: string, options: KeyOptions, work: (place: Workplace) => Promise<Result>): Promise<Result> => {
  const directory = resolve(dir)
  const passphrase = toOpen(options)
  const folders = [...options.keys.map((folder) => resolve(folder)), join(directory, KEYS)]
  const ring = joinedRing(...folders.map((folder) => folderRing(nodeFiles, folder, passphrase)))
  return held(directory, () => work({ files: nodeFiles, directory, ring, nowMs: systemClock.wallMs() }))
}

/** Keys of root, targets and lines go to the medium, if there is one; those of snapshot and timestamp stay where `repo refresh` finds them. */
export const folderForNew = (directory: string, { keys }: Pick<KeyOptions, 'keys'>, role: string): string =>
  isOnline(role) ? join(directory, KEYS) : resolve(keys[0] ?? join(directory, KEYS))

/** Two commands at once would give the same version twice. The kernel lets go of the lock however this process ends. */
export const held = async <Result>(directory: string, work: () => Promise<Result>): Promise<Result> => {
  const release = hold(directory)
  try {
    return await work()
  } finally {
    release()
  }
}

const hold = (directory: string): (() => void) => {
  try {
    return lockFolder(directory)
  } catch (cause) {
    if (isFailure(cause, 'STATE_HELD'))
      throw new Failure('REPOSITORY_HELD', { where: directory, seen: 'its lock is taken', cure: 'wait for the other command to end', cause })
    throw new Failure('REPOSITORY_INVALID', {
      where: directory,
      seen: cause instanceof Error ? cause.message : String(cause),
      allowed: 'a folder of a repository that can be written',
      cure: 'name it as "repo init" made it',
      cause,
    })
  }
}
