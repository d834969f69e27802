#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { asFailure, failures } from '../failures.js'
import { commands } from './commands.js'

/** Runs one command and returns its exit code (DESIGN section 11). Only the asked-for command's module is loaded. */
const main = async (args: readonly string[]): Promise<number> => {
  const program = new Command('spectro2mqtt')
    .description('Plug in a spectrometer, subscribe to MQTT, get answers.')
    .version(version())
    .exitOverride()
    .showSuggestionAfterError()
  for (const [name, { summary, load }] of Object.entries(commands)) {
    const command = args.includes(name) ? (await load()).command() : new Command(name)
    program.addCommand(command.summary(summary).exitOverride())
  }
  try {
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

const version = (): string => {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'))
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest ? String(manifest.version) : 'unknown'
}

process.exitCode = await main(process.argv.slice(2))
