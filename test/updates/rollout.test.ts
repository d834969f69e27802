import fc from 'fast-check'
import t from 'tap'
import { Failure } from '../../src/failures.js'
import type { Target } from '../../src/updates/contract.js'
import { chooseTarget, compareVersions, type InstallState, mayInstall, placeOf } from '../../src/updates/rollout.js'

const NOW = 1_000_000
const target = (change: Partial<Target> = {}): Target => {
  const sha256 = change.sha256 ?? 'a'.repeat(64)
  return {
    path: `tablets/dose/${sha256}.s2m`,
    line: 'tablets',
    id: 'dose',
    version: '1.0.0',
    sha256,
    bytes: 1000,
    seq: 1,
    rollout: { percent: 100, salt: 'salt' },
    groups: [],
    ...change,
  }
}

const state = (targets: readonly Target[], change: Partial<InstallState> = {}): InstallState => ({
  agent: 'dock-1',
  groups: [],
  agentVersion: '0.4.0',
  listing: { targets, expiresMs: NOW + 1, versions: { root: 1, timestamp: 1, snapshot: 1, targets: 1 } },
  denied: [],
  override: null,
  order: null,
  under: 'content of desired',
  ...change,
})

const why = (one: Target, change: Partial<InstallState> = {}, listed = [one]) => mayInstall(one, state(listed, change), NOW)?.why ?? null

t.test('each reason by itself, and none where there is none', async (t) => {
  const plain = target()
  t.equal(why(plain), null)
  t.equal(mayInstall(plain, state([plain]), NOW + 1)?.why, 'expired', 'at the very millisecond')
  t.equal(why(plain, {}, []), 'unlisted')
  t.equal(why(plain, { denied: [plain.sha256] }), 'denied')
  t.equal(why(target({ minAgent: '0.4.1' })), 'agent-too-old')
  t.equal(why(target({ minAgent: '0.4.0' })), null)
  t.equal(why(target({ groups: ['east', 'west'] })), 'groups')
  t.equal(why(target({ groups: ['east', 'west'] }), { groups: ['west'] }), null)
  t.equal(why(target({ rollout: { percent: 0, salt: 'x' } })), 'rollout')
})

t.test('rollback and pin hold until "desired" says something else', async (t) => {
  for (const kind of ['rollback', 'pin'] as const) {
    t.equal(why(target(), { override: { kind, under: 'content of desired' } }), 'overridden')
    t.equal(why(target(), { override: { kind, under: 'what it said before' } }), null)
  }
})

t.test('who names version or hash is not asked for groups and rollout, but for all the rest', async (t) => {
  const held = target({ groups: ['east'], rollout: { percent: 0, salt: 'x' } })
  for (const order of [
    { model: 'tablets/dose', version: '1.0.0' },
    { model: 'tablets/dose', sha256: held.sha256 },
  ]) {
    t.equal(why(held, { order }), null)
    t.equal(why(held, { order, denied: [held.sha256] }), 'denied')
    t.equal(why({ ...held, minAgent: '9.0.0' }, { order }, [{ ...held, minAgent: '9.0.0' }]), 'agent-too-old')
  }
  t.equal(why(held, { order: { model: 'tablets/dose' } }), 'groups')
})

t.test('of what may be installed the highest seq is chosen: a newer one that is held back does not stand in the way', async (t) => {
  const old = target({ sha256: 'a'.repeat(64), version: '1.0.0', seq: 3 })
  const next = target({ sha256: 'b'.repeat(64), version: '1.1.0', seq: 7 })
  const held = target({ sha256: 'c'.repeat(64), version: '2.0.0', seq: 9, groups: ['east'] })
  const other = target({ sha256: 'd'.repeat(64), id: 'other', seq: 11 })
  const all = [next, held, old, other]
  const order = { model: 'tablets/dose' }
  t.equal(chooseTarget(order, state(all), NOW), next)
  t.equal(chooseTarget(order, state(all, { groups: ['east'] }), NOW), held)
  t.equal(chooseTarget({ ...order, version: '1.0.0' }, state(all), NOW), old)
  t.equal(chooseTarget({ ...order, sha256: held.sha256 }, state(all), NOW), held)
  t.match(chooseTarget({ ...order, version: '1.0.0', sha256: held.sha256 }, state(all), NOW), { why: 'unlisted' })
  t.match(chooseTarget(order, state([held]), NOW), { why: 'groups', text: /east/ })
  t.match(chooseTarget({ model: 'tablets/none' }, state(all), NOW), { why: 'unlisted', text: /tablets\/none/ })
})

t.test('a line that was refused says why nothing of it is listed', async (t) => {
  const failure = new Failure('TRUST_EXPIRED', { where: 'tablets.json' })
  const { listing } = state([])
  const chosen = chooseTarget({ model: 'tablets/dose' }, state([], { listing: { ...listing, refused: [{ line: 'tablets', failure }] } }), NOW)
  t.match(chosen, { why: 'unlisted', text: /tablets\.json: signed metadata have expired/ })
})

const agents = fc.string({ minLength: 1, maxLength: 30 })

t.test('more percent never take a bundle from an agent that had it before', async () => {
  fc.assert(
    fc.property(
      agents,
      fc.string(),
      fc.double({ min: 0, max: 100, noNaN: true }),
      fc.double({ min: 0, max: 100, noNaN: true }),
      (agent, salt, p, q) => {
        const takes = (percent: number) => why(target({ rollout: { percent, salt } }), { agent }) === null
        return takes(Math.max(p, q)) || !takes(Math.min(p, q))
      },
    ),
  )
  fc.assert(fc.property(agents, fc.string(), (agent, salt) => placeOf(agent, salt) >= 0 && placeOf(agent, salt) < 100))
  fc.assert(fc.property(agents, fc.string(), (agent, salt) => why(target({ rollout: { percent: 100, salt } }), { agent }) === null))
})

t.test('ten percent are a tenth of the agents, other ones for another salt', async (t) => {
  const first = (salt: string) => Array.from({ length: 2000 }, (_, i) => `dock-${i}`).filter((agent) => placeOf(agent, salt) < 10)
  const [one, other] = [first('1'), first('2')]
  for (const some of [one, other]) t.ok(some.length > 150 && some.length < 250, `${some.length} of 2000`)
  const both = one.filter((agent) => other.includes(agent)).length
  t.ok(both < 50, `${both} in both`)
})

t.test('the place of an agent is fixed for good: SHA-256 over salt, zero byte and agent id', async (t) => {
  // printf 'salt\0dock-1' | sha256sum, its first 48 bits over 2^48, in percent
  t.equal(placeOf('dock-1', 'salt').toFixed(6), '73.165559')
})

t.test('versions are compared by numbers', async (t) => {
  t.ok(compareVersions('1.10.0', '1.9.9') > 0)
  t.ok(compareVersions('0.4.0', '0.4.1') < 0)
  t.ok(compareVersions('2.0.0', '10.0.0') < 0)
  t.equal(compareVersions('1.2.3', '1.2.3'), 0)
  t.equal(compareVersions('1.2.3-beta', '1.2.3'), 0)
})
