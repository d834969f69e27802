import { asFailure } from '../../src/failures.js'
import { openLocalStore } from './local-store.js'

/** A process, of another user for instance, that tries to open a store and prints the code of what came of it. */
const [directory = ''] = process.argv.slice(2)
try {
  await openLocalStore(directory).close()
  process.stdout.write('opened')
} catch (error) {
  process.stdout.write(asFailure(error, 'INVARIANT').code)
}
