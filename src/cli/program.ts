import { Command, CommanderError } from 'commander'
import { asFailure, failures } from '../failures.js'
import { commands } from './commands.js'
import { version } from './version.js'

/** Runs one command and resolves to its exit code (DESIGN section 11). Only the asked-for command's module is loaded. */
export const run = async (args: readonly string[]): Promise<number> => {
  const program = new Command('spectro2mqtt')
    .description('Plug in a spectrometer, subscribe to MQTT, get answers.')
    .version(version())
    .addHelpText('after', '\nTo begin:\n  spectro2mqtt demo\n  spectro2mqtt doctor')
  const asked = askedFor(args)
  try {
    for (const [name, { summary, load }] of Object.entries(commands)) {
      const command = name === asked ? (await load()).command() : new Command(name)
      program.addCommand(command.summary(summary))
    }
    neverExit(program)
    await program.parseAsync(args, { from: 'user' })
    return Number(process.exitCode ?? 0)
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : failures.USAGE.exit
    const failure = asFailure(error, 'INVARIANT')
    process.stderr.write(`spectro2mqtt: ${failure.message} [${failure.code}]\n`)
    if (failure.code === 'INVARIANT' && failure.cause instanceof Error) process.stderr.write(`${failure.cause.stack}\n`)
    return failures[failure.code].exit
  }
}

/** The command that is meant: the first word, or the one that help is wanted for. Words after it are its own, whatever they say. */
export const askedFor = (args: readonly string[]): string | undefined => {
  const words = args.filter((arg) => !arg.startsWith('-'))
  return words[0] === 'help' ? words[1] : words[0]
}

/** Commander would end the process by itself, with an exit code of its own; `exitOverride` is not handed down to what was added before. */
const neverExit = (command: Command): void => {
  command.exitOverride().showHelpAfterError('("--help" after the command shows what is allowed)')
  command.commands.forEach(neverExit)
}
