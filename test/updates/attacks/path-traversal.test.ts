import { TargetFile } from '@tufjs/models'
import t from 'tap'
import { openTrust } from '../../../src/updates/trust.js'
import { attacked } from '../../support/attack.js'
import { current, forge, relisted } from '../../support/forgery.js'
import { emptyDisk, type Rig, updateRig } from '../../support/update-rig.js'

const { signal } = new AbortController()

/** The keys of the targets are in wrong hands: they list a rightly signed file under another path. */
const listedAs = async (rig: Rig, pathOf: (sha256: string) => string): Promise<void> => {
  const { targets } = await current(rig)
  const [file] = Object.values(targets.metadata.signed.targets)
  if (!file) throw new Error('nothing is listed')
  const path = pathOf(file.hashes['sha256'] ?? '')
  await forge(rig, { targets: relisted(targets, rig.keys.targets, { targets: { [path]: new TargetFile({ ...file, path }) } }) })
  rig.lies.set(`targets/${path.slice(0, path.lastIndexOf('/'))}/${file.hashes['sha256']}.${path.slice(path.lastIndexOf('/') + 1)}`, Buffer.from('x'))
}

attacked('a bundle whose path leads out of the mirror', {
  attack: ({ rig }) => listedAs(rig, (sha256) => `../tablet-dose/${sha256}.s2m`),
  code: 'TRUST_PATH',
  checks: [
    {
      file: 'src/updates/paths.ts',
      line: 'const [, line, id, sha256] = PATH.exec(path) ?? []',
      replacement: "const [line, id, sha256] = path.replace(/\\.s2m$/, '').split('/')",
    },
  ],
  succeeded: async ({ targets }, { agent, disk }) => {
    const [target] = targets.filter(({ line }) => line === '..')
    if (!target) return false
    await agent.fetchTarget(target, { signal }).catch(() => {})
    // Not below mirror/targets any more.
    return (await disk.list('/state/mirror')).includes('tablet-dose')
  },
})

for (const [name, pathOf] of Object.entries({
  'an absolute path': (sha256: string) => `/etc/x/${sha256}.s2m`,
  'parents at the end': (sha256: string) => `bark/../../../../etc/${sha256}.s2m`,
  backslashes: (sha256: string) => `bark\\..\\x/id/${sha256}.s2m`,
  'control characters': (sha256: string) => `bark/i\u0000d/${sha256}.s2m`,
  'a name of 300 bytes': (sha256: string) => `bark/${'i'.repeat(300)}/${sha256}.s2m`,
  'no path at all': (sha256: string) => `${sha256}.s2m`,
}))
  t.test(`a list with ${name} is refused, and the disk holds nothing new`, async (t) => {
    const rig = await updateRig(t)
    const disk = emptyDisk()
    const agent = await rig.agent(openTrust, { disk })
    await agent.refresh(signal)
    const sets = await disk.read('/state/tuf/current')
    await listedAs(rig, pathOf)
    await t.rejects(agent.refresh(signal), { code: 'TRUST_PATH' })
    t.same(await disk.read('/state/tuf/current'), sets)
    t.ok([...disk.image().keys()].every((path) => /^\/state\/(lock|tuf\/(1\/\w+(\.json)?|current|clock-floor)|mirror\/metadata\/[\w.]+)$/.test(path)))
  })

t.test('a target that did not come out of a list is looked at before its path is used', async (t) => {
  const rig = await updateRig(t)
  const agent = await rig.agent(openTrust)
  const [target] = (await agent.refresh(signal)).targets
  if (!target) throw new Error('nothing is listed')
  await t.rejects(agent.fetchTarget({ ...target, path: `../../${target.path}` }, { signal }), { code: 'TRUST_PATH' })
})

t.test('a bundle that is signed for with another hash than its name says is refused', async (t) => {
  const rig = await updateRig(t)
  await listedAs(rig, () => `bark/tablet-dose/${'0'.repeat(64)}.s2m`)
  await t.rejects((await rig.agent(openTrust)).refresh(signal), { code: 'TRUST_HASH' })
})
