import { execFileSync } from 'node:child_process'
import { chmodSync, chownSync, existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { lockFolder, prepareFolder } from '../../src/store/folder.js'

/** Any ordinary user: `nobody`. */
const NOBODY = 65_534

t.test(
  'a folder, or a file in it, of another user is refused as a matter of permission',
  { skip: process.getuid?.() === 0 ? false : 'SKIPPED another user: run the tests as root' },
  async (t) => {
    const directory = t.testdir({ state: {} })
    const state = join(directory, 'state')
    const script = fileURLToPath(new URL('../support/store-opener.ts', import.meta.url))
    // Without the process watch of tap, which would write into a folder of the repository.
    const loader = process.execArgv.filter((argument) => !argument.includes('processinfo'))
    const asNobody = () => execFileSync('env', ['-i', process.execPath, ...loader, script, state], { uid: NOBODY, gid: NOBODY, encoding: 'utf8' })
    chmodSync(state, 0o755)
    t.equal(asNobody(), 'STATE_DENIED', 'the folder')
    chownSync(state, NOBODY, NOBODY)
    writeFileSync(join(state, 'outbox.db'), '', { mode: 0o644 })
    t.equal(asNobody(), 'STATE_DENIED', 'a file that the agent left there when root started it once')
  },
)

t.test('the lock is one file, held once, and free after release', async (t) => {
  const directory = t.testdir()
  prepareFolder(directory)
  const release = lockFolder(directory)
  t.throws(() => lockFolder(directory), { code: 'STATE_HELD', cure: /fuser/ })
  t.strictSame(readdirSync(directory), ['lock'])
  release()
  lockFolder(directory)()
})

t.test('a folder that no file system takes is refused, and soon: Node itself would try for ever', async (t) => {
  t.throws(() => prepareFolder('/proc/spectro2mqtt/state'), { code: 'STORE_FAILED', where: /^\/proc\/spectro2mqtt/ })
})

t.test('a folder is made with all that lead to it', async (t) => {
  const directory = join(t.testdir(), 'a', 'b', 'c')
  prepareFolder(directory)
  t.ok(existsSync(directory))
})
