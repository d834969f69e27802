#!/usr/bin/env -S node --max-semi-space-size=2
// What a spectrum leaves behind dies at once: a young generation of 2 MiB saves tens of MiB on a small board (npm run bench).
import { run } from './program.js'

// Whoever read our output may go before we are done (`| head`): what is left unsaid is no failure.
const unheard = (error: NodeJS.ErrnoException): void => {
  if (error.code !== 'EPIPE') throw error
}
process.stdout.on('error', unheard)
process.stderr.on('error', unheard)

/** Until whoever reads has taken all of it: a pipe holds 64 KiB, what is beyond waits in this process and would be lost with it. */
const taken = (stream: NodeJS.WriteStream): Promise<void> => new Promise((resolve) => stream.write('', () => resolve()))

const code = await run(process.argv.slice(2))
await taken(process.stdout)
// Not by running out of work: while Node takes itself apart it no longer catches signals, and a second Ctrl-C would end the
// process with 130 instead of 0.
process.exit(code)
