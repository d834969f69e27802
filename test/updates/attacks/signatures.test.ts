import { Role } from '@tufjs/models/dist/role.js'
import t from 'tap'
import { memoryRing } from '../../../src/repository/key-ring.js'
import { makeKey, type SigningKey } from '../../../src/repository/keys.js'
import { renewed, rootWith, seal } from '../../../src/repository/metadata.js'
import { rotate } from '../../../src/repository/role-keys.js'
import { openTrust } from '../../../src/updates/trust.js'
import { attacked } from '../../support/attack.js'
import { current, forge, relisted } from '../../support/forgery.js'
import { type Rig, updateRig } from '../../support/update-rig.js'

const { signal } = new AbortController()
const CHECKS = [
  { file: 'node_modules/@tufjs/models/dist/metadata.js', line: 'if (signingKeys.size < role.threshold) {', replacement: 'if (false) {' },
]
/** Of nobody. */
const stranger = makeKey()

attacked('a root that one of two keys has signed', {
  attack: async ({ rig }) => {
    const { root } = await current(rig)
    rig.lies.set('metadata/2.root.json', seal(renewed.root(root.metadata.signed, 2, root.metadata.signed.expires), rig.keys.root.slice(0, 1)).bytes)
  },
  code: 'TRUST_THRESHOLD',
  checks: CHECKS,
  succeeded: ({ versions }) => versions.root === 2,
})

attacked('a root with keys of its own, which they alone have signed', {
  attack: async ({ rig }) => {
    const { root } = await current(rig)
    const own = rootWith(root.metadata.signed, 'root', [stranger.id], { [stranger.id]: stranger.key })
    own.roles['root'] = new Role({ keyIDs: [stranger.id], threshold: 1 })
    rig.lies.set('metadata/2.root.json', seal(renewed.root(own, 2, own.expires), [stranger]).bytes)
  },
  code: 'TRUST_THRESHOLD',
  checks: CHECKS,
  succeeded: ({ versions }) => versions.root === 2,
})

attacked('a timestamp signed by a stranger', {
  attack: ({ rig }) => forge(rig, { timestamp: { keys: [stranger] } }),
  code: 'TRUST_THRESHOLD',
  checks: CHECKS,
  succeeded: async ({ versions }, { rig }) => versions.timestamp > (await current(rig)).timestamp.metadata.signed.version,
})

attacked('a snapshot signed with the key of the timestamp', {
  attack: ({ rig }) => forge(rig, { snapshot: { keys: rig.keys.timestamp } }),
  code: 'TRUST_THRESHOLD',
  checks: CHECKS,
  succeeded: async ({ versions }, { rig }) => versions.snapshot > (await current(rig)).snapshot.metadata.signed.version,
})

attacked('both online keys in wrong hands: a list of their own', {
  attack: async ({ rig }) => forge(rig, { targets: relisted((await current(rig)).targets, [...rig.keys.snapshot, ...rig.keys.timestamp]) }),
  code: 'TRUST_THRESHOLD',
  checks: CHECKS,
  succeeded: async ({ versions }, { rig }) => versions.targets > (await current(rig)).targets.metadata.signed.version,
})

attacked('both online keys in wrong hands: a list of a line', {
  attack: async ({ rig }) => forge(rig, { line: relisted((await current(rig)).line, rig.keys.snapshot) }),
  code: 'TRUST_THRESHOLD',
  line: 'tablets',
  checks: CHECKS,
  succeeded: ({ targets }) => targets.some(({ line }) => line === 'tablets'),
})

t.test('the same signature twice counts once', async (t) => {
  const rig = await updateRig(t)
  const agent = await rig.agent(openTrust)
  await agent.refresh(signal)
  const { root } = await current(rig)
  const [one] = rig.keys.root
  const { metadata } = seal(renewed.root(root.metadata.signed, 2, root.metadata.signed.expires), one ? [one] : [])
  const json = metadata.toJSON()
  const [signature] = Array.isArray(json['signatures']) ? json['signatures'] : []
  rig.lies.set('metadata/2.root.json', Buffer.from(JSON.stringify({ ...json, signatures: [signature, signature] })))
  await t.rejects(agent.refresh(signal), { code: 'TRUST_THRESHOLD', message: /multiple signatures/ })
})

t.test('a page that is no metadata at all, as hotels serve it, is told as such and asked for again', async (t) => {
  const rig = await updateRig(t)
  const agent = await rig.agent(openTrust)
  rig.lies.set('metadata/timestamp.json', Buffer.from('<html>Welcome! Please log in.</html>'))
  await t.rejects(agent.refresh(signal), { code: 'TRUST_THRESHOLD', message: /timestamp\.json/ })
  rig.lies.set('metadata/timestamp.json', null)
  await t.rejects(agent.refresh(signal), { code: 'NOT_FOUND' })
  rig.lies.clear()
  await t.resolves(agent.refresh(signal))
})

/** A new key for a role, the old one taken out, published. */
const rotated = async (rig: Rig, role: string, keys: SigningKey[], drop: string | null): Promise<SigningKey> => {
  const key = makeKey()
  keys.push(key)
  await rotate({ ...rig.place, ring: memoryRing(keys) }, role, drop, key.key, [])
  await rig.publish()
  return key
}

t.test('the keys of the root change three times: who knows the first one alone follows', async (t) => {
  const rig = await updateRig(t)
  const known = await rig.agent(openTrust)
  await known.refresh(signal)
  const keys = [...Object.values(rig.keys).flat(), rig.lineKey]
  let drop = rig.keys.root[0]?.id ?? null
  for (let i = 0; i < 3; i++) drop = (await rotated(rig, 'root', keys, drop)).id
  t.equal((await known.refresh(signal)).versions.root, 4)
  const fresh = await rig.agent(openTrust)
  t.equal((await fresh.refresh(signal)).versions.root, 4)
})

t.test('a chain of roots with a link that the one before did not sign is not followed beyond it', async (t) => {
  const rig = await updateRig(t)
  const keys = [...Object.values(rig.keys).flat(), rig.lineKey]
  await rotated(rig, 'root', keys, rig.keys.root[0]?.id ?? null)
  const honest = await current(rig)
  const third = await rotated(rig, 'root', keys, rig.keys.root[1]?.id ?? null)
  // The third root with its own new key alone.
  const { signed } = (await current(rig)).root.metadata
  rig.lies.set('metadata/3.root.json', seal(signed, [third]).bytes)
  const agent = await rig.agent(openTrust)
  await t.rejects(agent.refresh(signal), { code: 'TRUST_THRESHOLD', message: /3\.root\.json/ })
  t.equal(honest.root.metadata.signed.version, 2)
})

t.test('online keys that were stolen and used to run far ahead: with new keys in the root agents are back', async (t) => {
  const rig = await updateRig(t)
  const agent = await rig.agent(openTrust)
  await agent.refresh(signal)
  await forge(rig, { snapshot: { version: 900_000 }, timestamp: { version: 900_000 } })
  t.equal((await agent.refresh(signal)).versions.timestamp, 900_000, 'that much these keys can do')
  rig.lies.clear()
  await t.rejects(agent.refresh(signal), { code: 'TRUST_ROLLBACK' })
  const keys = [...Object.values(rig.keys).flat(), rig.lineKey]
  await rotated(rig, 'snapshot', keys, rig.keys.snapshot[0]?.id ?? null)
  // The stolen keys do not sign along, as `repo rotate` after a loss has it: their files are not here.
  const left = keys.filter((key) => key.id !== rig.keys.timestamp[0]?.id)
  await rotated(rig, 'timestamp', left, rig.keys.timestamp[0]?.id ?? null)
  const { versions, targets } = await agent.refresh(signal)
  t.ok(versions.timestamp < 900_000)
  t.equal(targets.length, 2)
})
