import { Command } from 'commander'
import { revokeKey } from '../../repository/role-keys.js'
import { withdraw } from '../../repository/withdraw.js'
import { next, say } from './say.js'
import { atWork, type KeyOptions, withKeyOptions } from './workplace.js'

/** `repo revoke DIR KEYID|TARGET`. */
export const revokeCommand = (): Command =>
  withKeyOptions(new Command('revoke'))
    .summary('take a key out of its roles, or a bundle off the list')
    .argument('<dir>', 'the folder of the repository')
    .argument('<what>', 'a key id as it begins (16 digits), or the path of a bundle: <line>/<id>/<sha256>.s2m')
    .addHelpText(
      'after',
      '\nKeys: for a bundle that of its line, or of targets; for a key as with "repo rotate". A role keeps as many keys as must sign: the last ones are rotated.\nFor example:\n  spectro2mqtt repo revoke models-repo 3f2a9c0012345678 --keys /media/usb',
    )
    .action(async (dir: string, what: string, options: KeyOptions & { readonly json?: boolean }) => {
      if (what.includes('/')) {
        const gone = await atWork(dir, options, (place) => withdraw(place, what))
        return say(options.json, gone, [`${gone.path}: listed no more; agents that run it go on until they are told to change`, ...next(dir, gone)])
      }
      const revoked = await atWork(dir, options, (place) => revokeKey(place, what))
      say(options.json, revoked, [
        `${revoked.dropped.slice(0, 16)}: signs no more for ${revoked.roles.join(', ')}; root ${revoked.root}`,
        ...next(dir, revoked),
      ])
    })
