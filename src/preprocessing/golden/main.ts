import { asFailure, Failure, failures } from '../../failures.js'
import { readGolden } from './read.js'
import { report } from './report.js'

/**
 * `npm run golden -- PATH...`: checks the operations against golden vectors, files or folders of them.
 * Exit 0 when none failed, 1 when any did, 64 without a path, 65 for a file that cannot be read.
 */
const main = (paths: readonly string[]): number => {
  if (paths.length === 0) throw new Failure('USAGE', { seen: 'no path', allowed: 'npm run golden -- PATH..., files or folders of golden vectors' })
  const { lines, failed } = report(paths.flatMap(readGolden))
  process.stdout.write(`${lines.join('\n')}\n`)
  return failed > 0 ? 1 : 0
}

try {
  process.exitCode = main(process.argv.slice(2))
} catch (error) {
  const failure = asFailure(error, 'INVARIANT')
  process.stderr.write(`golden: ${failure.message} [${failure.code}]\n`)
  process.exitCode = failures[failure.code].exit
}
