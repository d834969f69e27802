import { goldenCommand } from './command.js'

/** `npm run golden -- PATH...` */
process.exitCode = goldenCommand(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
})
