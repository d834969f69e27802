import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { openLocalStore } from '../support/local-store.js'

const prlimit = ((): boolean => {
  try {
    execFileSync('prlimit', ['--version'])
    return true
  } catch {
    return false
  }
})()

t.test(
  'on a full disk appends fail and are not half written; with room again they go on',
  { skip: prlimit ? false : 'SKIPPED the full disk: prlimit is missing (apt install util-linux)' },
  async (t) => {
    const directory = t.testdir()
    const script = fileURLToPath(new URL('../support/store-filler.ts', import.meta.url))
    const { code, durable } = JSON.parse(execFileSync(process.execPath, [...process.execArgv, script, directory], { encoding: 'utf8' }))
    t.equal(code, 'STORE_FAILED')
    t.ok(durable > 20, `${durable} records`)
    const store = openLocalStore(directory)
    t.equal((await store.read(0, 10_000)).length, durable, 'those that were refused are not there, all others are')
    t.equal((await store.stats()).records, durable)
    await store.close()
  },
)
