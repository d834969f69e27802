import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { perform } from '../../src/cli/doctor/check.js'
import { transferChecks, transferFinding } from '../../src/cli/doctor/transfers.js'
import { updateChecks } from '../../src/cli/doctor/updates.js'
import { readBundle } from '../../src/models/bundle.js'
import type { TransferFile } from '../../src/models/transfer-file.js'
import { addTarget } from '../../src/repository/add.js'
import { DAY_MS } from '../../src/repository/metadata.js'
import { nodeFiles } from '../../src/repository/node-files.js'
import { publish } from '../../src/repository/publish.js'
import { parseSettings } from '../../src/settings/load.js'
import { systemClock } from '../../src/system-clock.js'
import { fileServer } from '../support/file-server.js'
import { madeRepository, offer } from '../support/made-repository.js'
import { freePort } from '../support/mosquitto.js'
import { tinyAxis, tinyBundle } from '../support/tiny-model.js'

/** A published folder, made so many days ago. */
const published = async (t: Test, daysAgo = 0) => {
  const folder = t.testdir({})
  const { place } = await madeRepository(nodeFiles, join(folder, 'author'), Date.now() - daysAgo * DAY_MS)
  await addTarget(place, offer())
  await publish(nodeFiles, join(folder, 'author'), join(folder, 'web'))
  return { web: join(folder, 'web'), root: join(folder, 'web/metadata/1.root.json') }
}
const repository = async (address: string, root: string) => {
  const [check] = updateChecks(parseSettings(JSON.stringify({ updates: { repository: address, root } }), 'c.yaml'), systemClock)
  if (check === undefined) throw new Error('no check')
  return perform(check)
}

t.test('without a repository there is nothing to look at', async (t) => {
  t.strictSame(updateChecks(parseSettings('', 'c.yaml'), systemClock), [])
})

t.test('a repository is taken from its first root on: how many models it offers, and until when that holds', async (t) => {
  const { web, root } = await published(t)
  t.match(await repository(web, root), { name: 'repository', status: 'ok', seen: /models: 1, valid until \d{4}-/ })
  const files = new Map(
    ['1.root.json', 'timestamp.json', '1.snapshot.json', '2.snapshot.json', '1.targets.json', '2.targets.json'].flatMap((name) => {
      try {
        return [[`/repo/metadata/${name}`, readFileSync(join(web, 'metadata', name))] as const]
      } catch {
        // A version that was never published.
        return []
      }
    }),
  )
  const { url } = await fileServer(t, { files })
  t.match(await repository(url.href, root), { status: 'ok', seen: /^http:\/\/127/ })
})

t.test('what will expire within a day is a warning, what has expired is a failure that says what to do', async (t) => {
  const soon = await published(t, 6.5)
  t.match(await repository(soon.web, soon.root), { status: 'warn', cure: /repo refresh/ })
  const late = await published(t, 8)
  t.match(await repository(late.web, late.root), { status: 'fail', code: 'TRUST_EXPIRED', cure: /./ })
})

t.test('a repository that is not there, a root that is none, and one of another repository each say what to do', async (t) => {
  const { web, root } = await published(t)
  t.match(await repository(join(web, 'none'), root), { status: 'fail', cure: /./, seen: /none/ })
  t.match(await repository(`http://127.0.0.1:${await freePort()}/`, root), { status: 'fail', code: 'NETWORK_FAILED', seen: /ECONNREFUSED/ })
  t.match(await repository(web, join(web, 'no-root.json')), { status: 'fail', code: 'CONFIG_INVALID', seen: /updates\.root/ })
  const bad = join(web, 'bad.json')
  writeFileSync(bad, '{}')
  t.match(await repository(web, bad), { status: 'fail', code: 'CONFIG_INVALID', seen: /root/, cure: /repo init/ })
  const elsewhere = join(web, 'elsewhere')
  await madeRepository(nodeFiles, join(elsewhere, 'other'))
  await publish(nodeFiles, join(elsewhere, 'other'), join(elsewhere, 'web'))
  t.match(await repository(web, join(elsewhere, 'web/metadata/1.root.json')), { status: 'fail', code: /^TRUST_/ })
})

t.test('a transfer is for the bundle of its slot, else a warning says which; one that cannot be read is a failure', async (t) => {
  const bundle = await tinyBundle()
  const { sha256 } = readBundle(bundle)
  const fileOf = (of: string): TransferFile => ({
    schema: 'transfer/1',
    bundle: { id: 'tiny', version: '1.0.0', sha256: of },
    instrument: { id: null, quantity: 'transmittance', axis: { kind: 'wavelength', values: [...tinyAxis.values] } },
    fitted: null,
    conformal: null,
    standards: { data: 'made up', referenced: 5, spectra: 5, picked: 'none', figures: {} },
  })
  const folder = t.testdir({ 'right.json': JSON.stringify(fileOf(sha256)), 'other.json': JSON.stringify(fileOf('0'.repeat(64))), 'bad.json': '{}' })
  const path = (name: string) => join(folder, name)
  writeFileSync(path('m.s2m'), bundle)
  const models = { default: { bundle: path('m.s2m') }, gone: { bundle: path('none.s2m') } }
  t.match(await transferFinding(path('right.json'), 'default', models), { status: 'ok', seen: /tiny 1\.0\.0/ })
  t.match(await transferFinding(path('other.json'), 'default', models), { status: 'warn', seen: /transfer-mismatch/, cure: /anew/ })
  t.match(await transferFinding(path('right.json'), 'nir', models), { status: 'warn', seen: /slot nir/, cure: /models: \{nir/ })
  t.match(await transferFinding(path('right.json'), 'gone', models), { status: 'warn', seen: /none\.s2m cannot be read/ })
  const { instruments } = parseSettings(JSON.stringify({ instruments: [{ link: 'usb:A', transfer: path('bad.json') }, { link: 'usb:B' }] }), 'c.yaml')
  const checks = transferChecks(instruments, models)
  t.equal(checks.length, 1)
  for (const check of checks) t.match(await perform(check), { name: 'transfer of usb:A', status: 'fail', code: 'DATA_INVALID' })
})
