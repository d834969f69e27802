import { openStore } from '../../src/store/open.js'
import { record, wideLimits } from './records.js'

/** A process for tests to kill: appends one record after another to the folder named and reports each key once it is durable. */
const [directory = ''] = process.argv.slice(2)
const store = await openStore(directory, wideLimits)
process.send?.('open')
for (let n = 1; ; n++) for (const key of await store.append([record(n)])) process.send?.({ key, payload: record(n).payload })
