import t from 'tap'
import { MAX_METADATA_BYTES } from '../../../src/updates/limits.js'
import { openTrust } from '../../../src/updates/trust.js'
import { attacked } from '../../support/attack.js'
import { changedClient } from '../../support/changed-client.js'
import { current } from '../../support/forgery.js'
import { emptyDisk, type Rig, updateRig } from '../../support/update-rig.js'

const { signal } = new AbortController()
const CHUNK_BYTES = 64 * 1024
const padded = (bytes: Uint8Array, length: number): Uint8Array => Buffer.concat([bytes, Buffer.alloc(length - bytes.length, ' ')])

attacked('a timestamp that does not end', {
  // Behind it nothing but spaces: it would verify.
  attack: async ({ rig }) => void rig.lies.set('metadata/timestamp.json', padded((await current(rig)).timestamp.bytes, 4 * MAX_METADATA_BYTES)),
  code: 'TRUST_LENGTH',
  checks: [{ file: 'src/updates/mirror.ts', line: 'if (have > limit) throw tooLong(where, have, limit)', replacement: '' }],
  succeeded: (_, { rig }) => rig.served.bytes > 4 * MAX_METADATA_BYTES,
})

for (const extra of [0, 1])
  t.test(`metadata of the limit${extra ? ' and one byte are refused' : ' are taken'}`, async (t) => {
    const rig = await updateRig(t)
    const agent = await rig.agent(openTrust)
    rig.lies.set('metadata/timestamp.json', padded((await current(rig)).timestamp.bytes, MAX_METADATA_BYTES + extra))
    if (extra) await t.rejects(agent.refresh(signal), { code: 'TRUST_LENGTH' })
    else await t.resolves(agent.refresh(signal))
    t.ok(rig.served.bytes < MAX_METADATA_BYTES + 2 * CHUNK_BYTES)
  })

t.test('a snapshot of one byte more than was signed is refused at that byte', async (t) => {
  const rig = await updateRig(t)
  const agent = await rig.agent(openTrust)
  const { snapshot } = await current(rig)
  rig.lies.set(`metadata/${snapshot.metadata.signed.version}.snapshot.json`, padded(snapshot.bytes, snapshot.bytes.length + 1))
  await t.rejects(agent.refresh(signal), { code: 'TRUST_LENGTH' })
})

/** An agent that has a list, and a bundle of which the server says more than is signed. */
const withLongBundle = async (rig: Rig, open: typeof openTrust, length: (signed: number) => number) => {
  const disk = emptyDisk()
  const agent = await rig.agent(open, { disk })
  const { targets } = await agent.refresh(signal)
  const [target] = targets
  if (!target) throw new Error('nothing is listed')
  const path = `targets/${target.line}/${target.id}/${target.sha256}.${target.sha256}.s2m`
  rig.lies.set(path, padded(await rig.read(path), length(target.bytes)))
  rig.served.bytes = 0
  return { agent, target, disk, part: `/state/mirror/${path}.part` }
}

t.test('a bundle of one byte more than was signed: refused, and nothing of it kept', async (t) => {
  const { agent, target, disk, part } = await withLongBundle(await updateRig(t), openTrust, (signed) => signed + 1)
  await t.rejects(agent.fetchTarget(target, { signal }), { code: 'TRUST_LENGTH' })
  t.equal(await disk.size(part), null)
})

t.test('a bundle that does not end: no more than a chunk beyond its length is taken; a client without the check takes it all', async (t) => {
  const rig = await updateRig(t)
  const endless = 16 * 1024 * 1024
  const kept = await withLongBundle(rig, openTrust, () => endless)
  await t.rejects(kept.agent.fetchTarget(kept.target, { signal }), { code: 'TRUST_LENGTH' })
  t.ok(rig.served.bytes <= kept.target.bytes + CHUNK_BYTES, `${rig.served.bytes} bytes of ${kept.target.bytes}`)
  const line = 'if (have + chunk.length > target.bytes) throw tooLong(where, have + chunk.length, target.bytes)'
  const open = await changedClient(t, [{ file: 'src/updates/mirror.ts', line, replacement: '' }])
  const flooded = await withLongBundle(rig, open, () => endless)
  await t.rejects(flooded.agent.fetchTarget(flooded.target, { signal }), { code: 'TRUST_HASH' })
  t.equal(rig.served.bytes, endless)
})

t.test('other bytes of the right length: refused; a client without the check hands them out', async (t) => {
  const forged = async (open: typeof openTrust) => {
    const rig = await updateRig(t)
    const scene = await withLongBundle(rig, open, (signed) => signed)
    const [path = ''] = [...rig.lies.keys()]
    const bytes = Buffer.from(await rig.read(path))
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1
    rig.lies.set(path, bytes)
    return scene
  }
  const kept = await forged(openTrust)
  await t.rejects(kept.agent.fetchTarget(kept.target, { signal }), { code: 'TRUST_HASH' })
  t.equal(await kept.disk.size(kept.part), null)
  const line = "return content !== null && createHash('sha256').update(content).digest('hex') === sha256"
  const open = await changedClient(t, [{ file: 'src/updates/mirror.ts', line, replacement: 'return true' }])
  const fooled = await forged(open)
  await t.resolves(fooled.agent.fetchTarget(fooled.target, { signal }))
})
