import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { Command } from 'commander'
import { Failure } from '../../failures.js'
import { addTarget } from '../../repository/add.js'
import { next, say } from './say.js'
import { atWork, type KeyOptions, withKeyOptions } from './workplace.js'

interface Options extends KeyOptions {
  readonly line: string
  readonly rollout: string
  readonly groups?: string
  readonly json?: boolean
}

/** Bytes of a salt: enough that no two bundles begin with the same agents. */
const SALT_BYTES = 8

/** `repo add DIR BUNDLE`. */
export const addCommand = (): Command =>
  withKeyOptions(new Command('add'))
    .summary('list a bundle for the agents; once more: with another rollout or other groups')
    .argument('<dir>', 'the folder of the repository')
    .argument('<bundle>', 'the bundle, NAME.s2m')
    .requiredOption('--line <line>', 'product line, the first part of its path')
    .option('--rollout <percent>', 'share of the agents that take it by themselves', '100')
    .option('--groups <a,b>', 'groups of agents that it is meant for; without it, all')
    .addHelpText(
      'after',
      '\nKeys: that of the line, or of targets where the line has none of its own; then snapshot and timestamp, here or later by "repo refresh".\nFor example:\n  spectro2mqtt repo add models-repo tablet-dose.s2m --line tablets --rollout 10 --keys /media/usb',
    )
    .action(async (dir: string, file: string, options: Options) => {
      const percent = Number(options.rollout)
      if (!/^\d{1,3}(\.\d+)?$/.test(options.rollout) || percent > 100)
        throw new Failure('USAGE', { where: '--rollout', seen: `"${options.rollout}"`, allowed: 'a percentage from 0 to 100' })
      const bundle = await readFile(file).catch((cause: unknown) => {
        throw new Failure('FILE_FAILED', {
          where: file,
          seen: cause instanceof Error ? cause.message : String(cause),
          cure: 'name a bundle that can be read',
          cause,
        })
      })
      const groups = (options.groups ?? '').split(',').filter((group) => group !== '')
      const salt = randomBytes(SALT_BYTES).toString('hex')
      const added = await atWork(dir, options, (place) => addTarget(place, { bundle, where: file, line: options.line, percent, salt, groups }))
      const { custom, path, role } = added
      say(options.json, added, [
        `${path}`,
        `  ${custom.id} ${custom.version}, seq ${custom.seq}, rollout ${custom.rollout.percent} %, ${custom.groups.length > 0 ? `groups ${custom.groups.join(', ')}` : 'for all groups'}; signed by the role ${role}`,
        ...next(dir, added),
      ])
    })
