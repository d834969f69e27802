#!/usr/bin/env -S node --max-semi-space-size=2
// What a spectrum leaves behind dies at once: a young generation of 2 MiB saves tens of MiB on a small board (npm run bench).
import { run } from './program.js'

// Whoever read our output may go before we are done (`| head`): what is left unsaid is no failure.
const unheard = (error: NodeJS.ErrnoException): void => {
  if (error.code !== 'EPIPE') throw error
}
process.stdout.on('error', unheard)
process.stderr.on('error', unheard)

// Not by running out of work: while Node takes itself apart it no longer catches signals, and a second Ctrl-C would end the
// process with 130 instead of 0. Nothing is lost by it: files, pipes and terminals are written at once (Node 20, "A note on process I/O").
process.exit(await run(process.argv.slice(2)))
