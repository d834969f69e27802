import { Command } from 'commander'
import { addCommand } from './repo/add.js'
import { delegateCommand } from './repo/delegate.js'
import { initCommand } from './repo/init.js'
import { publishCommand } from './repo/publish.js'
import { refreshCommand } from './repo/refresh.js'
import { revokeCommand } from './repo/revoke.js'
import { rotateCommand } from './repo/rotate.js'
import { verifyCommand } from './repo/verify.js'

/** `repo ...`: the author's side of remote updates. Needs no agent and no broker. */
export const command = (): Command => {
  const repo = new Command('repo').addHelpText(
    'after',
    [
      '',
      'To begin:',
      '  spectro2mqtt repo init models-repo --keys /media/usb',
      '  spectro2mqtt repo add models-repo tablet-dose.s2m --line tablets --keys /media/usb',
      '  spectro2mqtt repo publish models-repo --out /var/www/models',
    ].join('\n'),
  )
  const parts = [initCommand, addCommand, delegateCommand, publishCommand, refreshCommand, rotateCommand, revokeCommand, verifyCommand]
  for (const part of parts) repo.addCommand(part())
  return repo
}
