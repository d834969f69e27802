import { Command } from 'commander'
import { importCommand } from './bundle/import-command.js'
import { inspectCommand } from './bundle/inspect-command.js'
import { renumberCommand } from './bundle/renumber-command.js'
import { verifyCommand } from './bundle/verify-command.js'

/** `bundle inspect | verify | renumber | import`. */
export const command = (): Command =>
  new Command('bundle')
    .addCommand(inspectCommand())
    .addCommand(verifyCommand())
    .addCommand(renumberCommand())
    .addCommand(importCommand())
    .addHelpText(
      'after',
      '\nFor example:\n  spectro2mqtt bundle inspect plastics.s2m\n  spectro2mqtt bundle verify plastics.s2m\n  spectro2mqtt bundle import --help',
    )
