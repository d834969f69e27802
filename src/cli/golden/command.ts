import { asFailure, Failure, failures } from '../../failures.js'
import { readGolden } from './read.js'
import { report } from './report.js'

/** Where the lines of the command go. */
export interface Streams {
  out(text: string): void
  err(text: string): void
}

/**
 * Checks the operations against golden vectors, files or folders of them, and returns the exit code: 0 when none failed, 1 when any
 * did, 64 without a path, 65 for a file that cannot be read.
 */
export const goldenCommand = (paths: readonly string[], { out, err }: Streams): number => {
  try {
    if (paths.length === 0) throw new Failure('USAGE', { seen: 'no path', allowed: 'npm run golden -- PATH..., files or folders of golden vectors' })
    const { lines, failed } = report(paths.flatMap(readGolden))
    out(`${lines.join('\n')}\n`)
    return failed > 0 ? 1 : 0
  } catch (error) {
    const failure = asFailure(error, 'INVARIANT')
    err(`golden: ${failure.message} [${failure.code}]\n`)
    return failures[failure.code].exit
  }
}
