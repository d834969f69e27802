import { Command } from 'commander'
import { refresh } from '../../repository/refresh.js'
import { next, say } from './say.js'
import { atWork, type KeyOptions, withKeyOptions } from './workplace.js'

interface Options extends KeyOptions {
  readonly role: readonly string[]
  readonly json?: boolean
}

/** `repo refresh DIR`. */
export const refreshCommand = (): Command =>
  withKeyOptions(new Command('refresh'))
    .summary('sign snapshot and timestamp anew before they expire, and put in force what was signed elsewhere')
    .argument('<dir>', 'the folder of the repository')
    .option(
      '--role <role>',
      'sign this one anew too: root, targets or a line; may be given again',
      (role: string, before: readonly string[]) => [...before, role],
      [],
    )
    .addHelpText(
      'after',
      '\nKeys: those of snapshot and timestamp alone; with --role those of that role. Run it every day, then publish.\nFor example:\n  spectro2mqtt repo refresh models-repo && spectro2mqtt repo publish models-repo --out /var/www/models',
    )
    .action(async (dir: string, options: Options) => {
      const outcome = await atWork(dir, options, (place) => refresh(place, options.role))
      say(options.json, outcome, [`signed anew: ${[...options.role, 'snapshot', 'timestamp'].join(', ')}`, ...next(dir, outcome)])
    })
