import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { current } from '../support/forgery.js'
import { updateRig } from '../support/update-rig.js'

/** A refresh by a whole process that is given another time by the system: `faketime` of Debian. */
const underFaketime = (folder: string, ...when: readonly string[]): string => {
  const child = new URL('../support/refresh-child.ts', import.meta.url).pathname
  const loader = process.execArgv.filter((argument) => argument.startsWith('--import'))
  const [command = '', ...rest] = [...when, process.execPath, ...loader, child, folder]
  return spawnSync(command, rest, { encoding: 'utf8', env: { ...process.env, FAKETIME_DONT_FAKE_MONOTONIC: '1' } }).stdout.trim()
}

const hasFaketime = spawnSync('faketime', ['--version']).status === 0
t.test(
  'a process whose clock is years back says so, one whose clock is past the expiry finds it expired, and one at the right time refreshes',
  hasFaketime ? {} : { skip: 'faketime is not here: apt-get install faketime' },
  async (t) => {
    const rig = await updateRig(t)
    const folder = t.testdir({ state: {} })
    for (const name of ['1.root.json', 'timestamp.json', ...(await names(rig))]) {
      const path = join(folder, 'web/metadata', name)
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, await rig.read(`metadata/${name}`))
    }
    t.equal(underFaketime(folder, 'faketime', '-f', '-10y'), 'CLOCK_UNTRUSTED')
    t.equal(underFaketime(folder), 'refreshed')
    t.equal(underFaketime(folder, 'faketime', '-f', '-1d'), 'CLOCK_UNTRUSTED', 'a time that was trusted before is not gone back behind')
    t.equal(underFaketime(folder, 'faketime', '-f', '+8d'), 'TRUST_EXPIRED')
  },
)

const names = async (rig: Parameters<typeof current>[0]): Promise<readonly string[]> => {
  const { targets, line, snapshot } = await current(rig)
  return Object.entries({ targets, tablets: line, snapshot }).map(([role, { metadata }]) => `${metadata.signed.version}.${role}.json`)
}
