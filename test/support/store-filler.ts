import { execFileSync } from 'node:child_process'
import { asFailure } from '../../src/failures.js'
import { openLocalStore } from './local-store.js'
import { record } from './records.js'

/** Bytes that a file of this process may have: as if the disk were full there. */
const FULL_AT_BYTES = 512 * 1024

const diskOf = (bytes: number | 'unlimited'): void => {
  execFileSync('prlimit', ['--pid', `${process.pid}`, `--fsize=${bytes}:unlimited`])
}

/**
 * A process that appends two records at a time until the disk is full, makes room, appends five more, and reports on its standard
 * output the code of the failure and how many records it was told to be durable.
 */
const [directory = ''] = process.argv.slice(2)
const store = openLocalStore(directory)
// Node ignores this signal, so that a write past the limit fails with EFBIG; the process watch of tap would end the process instead.
process.on('SIGXFSZ', () => {})
diskOf(FULL_AT_BYTES)
let durable = 0
let code = ''
while (code === '') {
  try {
    durable += (await store.append([record(1, { size: 9000 }), record(2, { size: 9000 })])).length
  } catch (error) {
    code = asFailure(error, 'INVARIANT').code
  }
}
diskOf('unlimited')
for (let n = 0; n < 5; n++) durable += (await store.append([record(n, { size: 9000 })])).length
await store.close()
process.stdout.write(JSON.stringify({ code, durable }))
