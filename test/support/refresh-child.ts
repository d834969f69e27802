import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isFailure } from '../../src/failures.js'
import { systemClock } from '../../src/system-clock.js'
import { nodeDisk } from '../../src/updates/disk.js'
import { folderTransport } from '../../src/updates/transports/folder.js'
import { openTrust } from '../../src/updates/trust.js'

/** One refresh of a folder `web` into a folder `state`, with the real clock and disk; prints how it ended in one word. */
const [folder = ''] = process.argv.slice(2)
try {
  const trust = await openTrust({
    disk: nodeDisk,
    state: join(folder, 'state'),
    seedRoot: await readFile(join(folder, 'web/metadata/1.root.json')),
    transport: folderTransport(join(folder, 'web')),
    clock: systemClock,
    builtMs: Date.parse('2026-11-01T00:00:00Z'),
  })
  await trust.refresh(new AbortController().signal)
  console.log('refreshed')
} catch (error) {
  console.log(isFailure(error) ? error.code : String(error))
}
