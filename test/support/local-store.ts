import { createClient } from '../../src/store/client.js'
import type { OutboxLimits } from '../../src/store/contract.js'
import { openFiles } from '../../src/store/files.js'
import type { OpenStore } from '../../src/store/open.js'
import { wideLimits } from './records.js'

/** The store without its thread, which takes a second to start under the loader of tests. Deletions come with the next commit or `close`. */
export const openLocalStore = (directory: string, limits: OutboxLimits = wideLimits): OpenStore => {
  const files = openFiles(directory, limits, Date.now)
  const client = createClient(directory, ({ calls, acknowledged, close }) => {
    files.acknowledge(acknowledged)
    const answers = files.answer(calls)
    setImmediate(() => client.answered(answers))
    if (!close) return
    files.flush()
    files.close()
  })
  return {
    ...client.calls,
    get setAside() {
      return files.setAside
    },
    reserveSpent: new Promise(() => {}),
    lost: new Promise(() => {}),
    async close() {
      client.close()
    },
  }
}
