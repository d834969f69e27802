import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { z } from 'zod'
import { inside, startCommand } from '../support/command-line.js'
import { shippedBundle } from '../support/made-repository.js'

const WORDS = 'correct horse battery staple'

/** A repository made on the command line: offline keys on a medium, locked with a passphrase that a file holds, or open because that is quicker. */
const workplace = async (t: Test, locks: 'locked' | 'open' = 'open') => {
  const folder = t.testdir({ 'words.txt': `${WORDS}\n`, 'tablet-dose.s2m': '' })
  writeFileSync(join(folder, 'tablet-dose.s2m'), shippedBundle())
  const [repo, usb, web] = ['repo', 'usb', 'web'].map((name) => join(folder, name)) as [string, string, string]
  mkdirSync(usb)
  const words = locks === 'locked' ? ['--passphrase-file', join(folder, 'words.txt')] : []
  const openly = locks === 'locked' ? [] : ['--no-passphrase']
  const made = await inside(t, 'repo', 'init', repo, '--keys', usb, ...words, ...openly)
  const signed = ['--keys', usb, ...words]
  return { folder, repo, usb, web, words, signed, made, bundle: join(folder, 'tablet-dose.s2m') }
}

t.test('from init to a published bundle: keys are locked files of their owner alone, and everything verifies', async (t) => {
  const { repo, usb, web, signed, bundle, made } = await workplace(t, 'locked')
  t.match(made, { exit: 0, out: /root +2 of 3 must sign/ })
  t.match(made.out, `agents need this file as updates.root: ${repo}/metadata/1.root.json`)
  t.match(readdirSync(usb).sort().join(' '), /^root-\w{16}\.pem root-\w{16}\.pem root-\w{16}\.pem targets-\w{16}\.pem$/)
  t.match(readdirSync(join(repo, 'keys')).sort().join(' '), /^snapshot-\w{16}\.pem timestamp-\w{16}\.pem$/)
  for (const name of readdirSync(usb)) {
    t.equal(statSync(join(usb, name)).mode & 0o777, 0o600)
    t.match(readFileSync(join(usb, name), 'utf8'), /BEGIN ENCRYPTED PRIVATE KEY/)
  }
  t.match(await inside(t, 'repo', 'add', repo, bundle, '--line', 'tablets', '--rollout', '25', '--groups', 'dock,lab', ...signed), {
    exit: 0,
    out: /^tablets\/tablet-dose\/[0-9a-f]{64}\.s2m\n +tablet-dose 1\.0\.0, seq 1, rollout 25 %, groups dock, lab; signed by the role targets\nin force here/,
  })
  t.match(await inside(t, 'repo', 'publish', repo, '--out', web), { exit: 0, out: /1 bundles listed/ })
  t.match(await inside(t, 'repo', 'verify', web, '--root', join(repo, 'metadata/1.root.json')), {
    exit: 0,
    out: /timestamp +version 2 +expires .*, in [67] days.*\n.*seq 1, rollout 25 %.*\nverifies: 1 bundles\n$/s,
  })
  const [published = ''] = readdirSync(join(web, 'targets/tablets/tablet-dose'))
  t.match(published, /^([0-9a-f]{64})\.\1\.s2m$/)
  t.notOk(readdirSync(web).includes('keys'), 'no key is published')

  const file = join(usb, readdirSync(usb)[0] ?? '')
  const openssl = (words: string) => spawnSync('openssl', ['pkey', '-in', file, '-passin', `pass:${words}`, '-noout', '-text'], { encoding: 'utf8' })
  if (openssl(WORDS).error) t.comment('skipped opening a key elsewhere: openssl is not installed; get it with apt-get install openssl')
  else {
    t.match(openssl(WORDS), { status: 0, stdout: /ED25519 Private-Key/ })
    t.not(openssl('another').status, 0)
  }
  const wrong = join(usb, 'wrong.txt')
  writeFileSync(wrong, 'another\n')
  const locked = await inside(t, 'repo', 'add', repo, bundle, '--line', 'tablets', '--keys', usb, '--passphrase-file', wrong)
  t.match(locked, { exit: 77, err: /KEY_LOCKED/ })
})

t.test('a missing key is named with the places that were searched, and nothing is changed', async (t) => {
  const { repo, words, bundle } = await workplace(t)
  const before = readdirSync(join(repo, 'metadata'))
  const { exit, err } = await inside(t, 'repo', 'add', repo, bundle, '--line', 'tablets', ...words)
  t.equal(exit, 69)
  t.match(
    err,
    new RegExp(`role targets: a key that must sign is not here.*0 of 1 needed in ${repo}/keys.*targets-\\w{16}\\.pem.*--keys.*KEY_MISSING`),
  )
  t.same(readdirSync(join(repo, 'metadata')), before)
})

t.test('offline and online machine: what is signed here comes into force by refresh there, with the online keys alone', async (t) => {
  const { repo, folder, signed, words, bundle } = await workplace(t)
  const online = join(folder, 'online-keys')
  renameSync(join(repo, 'keys'), online)
  t.match(await inside(t, 'repo', 'add', repo, bundle, '--line', 'tablets', ...signed), { exit: 0, out: /not in force yet.*repo refresh/ })
  t.match(await inside(t, 'repo', 'verify', repo), { exit: 0, out: /verifies: 0 bundles/ })
  t.match(await inside(t, 'repo', 'refresh', repo, '--keys', online, ...words), { exit: 0, out: /signed anew: snapshot, timestamp/ })
  t.match(await inside(t, 'repo', 'verify', repo), { exit: 0, out: /verifies: 1 bundles/ })
})

t.test('delegate, rotate each role and revoke, each published: an agent with the first root follows all of it', async (t) => {
  const { repo, usb, web, signed, bundle } = await workplace(t)
  const first = join(usb, 'first.json')
  copyFileSync(join(repo, 'metadata/1.root.json'), first)
  const rooted = z.object({ roles: z.array(z.object({ role: z.string(), keys: z.array(z.string()), version: z.number() })) })
  const roles = async () => rooted.parse(JSON.parse((await inside(t, 'repo', 'verify', web, '--root', first, '--json')).out)).roles
  const step = async (...args: string[]) => {
    const [verb = '', ...rest] = args
    const openly = ['delegate', 'rotate'].includes(verb) ? ['--no-passphrase'] : []
    t.match(await inside(t, 'repo', verb, repo, ...rest, ...signed, ...openly), { exit: 0, err: '' }, args.join(' '))
    t.match(await inside(t, 'repo', 'publish', repo, '--out', web), { exit: 0 })
    t.match(await inside(t, 'repo', 'verify', web, '--root', first), { exit: 0 })
  }
  await step('add', bundle, '--line', 'tablets')
  await step('delegate', 'tablets')
  await step('add', bundle, '--line', 'tablets', '--rollout', '50')
  const before = await roles()
  for (const role of ['targets', 'snapshot', 'timestamp', 'tablets']) await step('rotate', role)
  const rootKey = before.find(({ role }) => role === 'root')?.keys[0] ?? ''
  await step('rotate', 'root', '--key', rootKey.slice(0, 16))
  const spare = (await roles()).find(({ role }) => role === 'root')?.keys[0] ?? ''
  await step('revoke', spare.slice(0, 16))
  const after = await roles()
  for (const { role, keys } of before) t.not(after.find((each) => each.role === role)?.keys.join(), keys.join(), `${role} has other keys`)
  t.equal(after.find(({ role }) => role === 'root')?.version, 6)
  t.match(await inside(t, 'repo', 'revoke', repo, after.find(({ role }) => role === 'targets')?.keys[0] ?? '', ...signed), {
    exit: 65,
    err: /1 keys, of which 1 must sign.*repo rotate DIR targets/,
  })
  const listed = /^(tablets\/\S+)/m.exec((await inside(t, 'repo', 'verify', repo)).out)?.[1] ?? ''
  await step('revoke', listed)
  t.same(readdirSync(join(web, 'targets/tablets/tablet-dose')), [], 'a withdrawn bundle is served no more')
})

t.test('keys can be brought along, public ones too; without a passphrase nothing is made unless that is said', async (t) => {
  const folder = t.testdir({})
  const openssl = (...args: string[]) => spawnSync('openssl', args, { cwd: folder, encoding: 'utf8' })
  if (openssl('genpkey', '-algorithm', 'ed25519', '-out', 'own.pem').error)
    return t.comment('skipped: openssl is not installed; get it with apt-get install openssl')
  openssl('genpkey', '-algorithm', 'ed25519', '-out', 'other.pem')
  openssl('pkey', '-in', 'other.pem', '-pubout', '-out', 'other.pub.pem')
  const repo = join(folder, 'repo')
  const keys = ['--key', `root=${join(folder, 'own.pem')}`, '--key', `root=${join(folder, 'other.pub.pem')}`]
  t.match(await inside(t, 'repo', 'init', repo, ...keys), { exit: 64, err: /--no-passphrase/ })
  t.match(await inside(t, 'repo', 'init', repo, ...keys, '--no-passphrase'), { exit: 69, err: /KEY_MISSING/ }, 'two must sign, one is public')
  t.match(await inside(t, 'repo', 'init', repo, ...keys, '--no-passphrase', '--threshold', '1'), { exit: 0, out: /root +1 of 2 must sign/ })
  t.match(await inside(t, 'repo', 'init', repo, '--no-passphrase'), { exit: 65, err: /REPOSITORY_INVALID/ })
  t.match(await inside(t, 'repo', 'verify', repo), { exit: 0 })
})

t.test('an author who went back to an old copy is stopped before agents are', async (t) => {
  const { repo, folder, web, words } = await workplace(t)
  const old = join(folder, 'old')
  spawnSync('cp', ['-r', repo, old])
  await inside(t, 'repo', 'refresh', repo, ...words)
  await inside(t, 'repo', 'publish', repo, '--out', web)
  t.match(await inside(t, 'repo', 'publish', old, '--out', web), { exit: 65, err: /timestamp 2.*TRUST_ROLLBACK/ })
  t.match(await inside(t, 'repo', 'publish', repo, '--out', repo), { exit: 64, err: /holds keys/ })
  rmSync(join(repo, 'metadata/timestamp.json'))
  t.match(await inside(t, 'repo', 'publish', repo, '--out', web), { exit: 65, err: /timestamp\.json/ })
})

t.test('two commands at once: the second one is told to wait', async (t) => {
  const { repo, words } = await workplace(t)
  const { lockFolder } = await import('../../src/store/folder.js')
  const release = lockFolder(repo)
  t.match(await inside(t, 'repo', 'refresh', repo, ...words), { exit: 75, err: /REPOSITORY_HELD/ })
  release()
  t.match(await inside(t, 'repo', 'refresh', repo, ...words), { exit: 0 })
})

t.test('the passphrase is never said, also not in the output of a process that got it by its environment', async (t) => {
  const { repo, usb, bundle } = await workplace(t, 'locked')
  process.env['SPECTRO2MQTT_PASSPHRASE'] = WORDS
  t.teardown(() => {
    delete process.env['SPECTRO2MQTT_PASSPHRASE']
  })
  const { ended } = startCommand(['repo', 'add', repo, bundle, '--line', 'tablets', '--keys', usb, '--json'])
  const { exit, out, err } = await ended
  t.match({ exit, err }, { exit: 0, err: '' })
  t.match(JSON.parse(out), { path: /^tablets\//, custom: { seq: 1, rollout: { percent: 100 } }, pending: false })
  t.notMatch(`${out}${err}`, WORDS)
})
