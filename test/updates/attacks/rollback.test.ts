import { metaOf, renewed, seal } from '../../../src/repository/metadata.js'
import { refresh } from '../../../src/repository/refresh.js'
import { attacked, type Scene } from '../../support/attack.js'
import { current, forge } from '../../support/forgery.js'

const { signal } = new AbortController()
const STORE = 'node_modules/tuf-js/dist/store.js'

/** The repository moves on, and the agent sees it. @returns what was published before */
const movedOn = async ({ rig, agent }: Scene) => {
  const old = await current(rig)
  await refresh(rig.place, ['targets'])
  await rig.publish()
  await agent.refresh(signal)
  return old
}

attacked('the timestamp of yesterday', {
  attack: async (scene) => {
    const { rig } = scene
    await movedOn(scene)
    const { timestamp, snapshot } = await current(rig)
    const { snapshotMeta, version, expires } = timestamp.metadata.signed
    // Of the same snapshot, so that nothing else gives it away.
    rig.lies.set('metadata/timestamp.json', seal(renewed.timestamp(snapshotMeta, version - 1, expires), rig.keys.timestamp).bytes)
    rig.lies.set(`metadata/${snapshot.metadata.signed.version}.snapshot.json`, snapshot.bytes)
  },
  code: 'TRUST_ROLLBACK',
  checks: [{ file: STORE, line: 'if (newTimestamp.signed.version < this.timestamp.signed.version) {', replacement: 'if (false) {' }],
  succeeded: async ({ versions }, { rig }) => versions.timestamp === (await current(rig)).timestamp.metadata.signed.version - 1,
})

attacked('a new timestamp that names an older snapshot', {
  attack: async (scene) => {
    const old = await movedOn(scene)
    const now = await current(scene.rig)
    // The lists are those of now, so that the snapshot alone is older.
    await forge(scene.rig, {
      targets: now.targets,
      snapshot: { version: old.snapshot.metadata.signed.version },
    })
  },
  code: 'TRUST_ROLLBACK',
  checks: [{ file: STORE, line: 'if (newSnapshotMeta.version < snapshotMeta.version) {', replacement: 'if (false) {' }],
  succeeded: async ({ versions }, { rig }) => versions.snapshot < (await current(rig)).snapshot.metadata.signed.version,
})

attacked('a new snapshot that names an older list', {
  attack: async (scene) => {
    const old = await movedOn(scene)
    await forge(scene.rig, { targets: old.targets })
  },
  code: 'TRUST_ROLLBACK',
  checks: [{ file: STORE, line: 'if (newFileInfo.version < fileInfo.version) {', replacement: 'if (false) {' }],
  succeeded: async ({ versions }, { rig }) => versions.targets < (await current(rig)).targets.metadata.signed.version,
})

attacked('a new snapshot that names an older list of a line', {
  attack: async (scene) => {
    const { rig, agent } = scene
    const old = await current(rig)
    await refresh(rig.place, ['tablets'])
    await rig.publish()
    await agent.refresh(signal)
    await forge(rig, { line: old.line })
  },
  code: 'TRUST_ROLLBACK',
  checks: [{ file: STORE, line: 'if (newFileInfo.version < fileInfo.version) {', replacement: 'if (false) {' }],
  succeeded: ({ targets }) => targets.some(({ line }) => line === 'tablets'),
})

attacked('a root of old in the place of the next', {
  attack: async ({ rig }) => {
    rig.lies.set('metadata/2.root.json', rig.seedRoot)
  },
  code: 'TRUST_ROLLBACK',
  checks: [{ file: STORE, line: 'if (newRoot.signed.version != this.root.signed.version + 1) {', replacement: 'if (false) {' }],
  succeeded: ({ versions }) => versions.root === 1,
})

attacked('a snapshot that lists a line no longer, so that an older list of it can come later', {
  attack: ({ rig }) => withoutLine(rig),
  code: 'TRUST_ROLLBACK',
  checks: [{ file: STORE, line: 'if (!newFileInfo) {', replacement: 'if (!newFileInfo) { return;' }],
  succeeded: ({ targets, refused }) => !targets.some(({ line }) => line === 'tablets') && refused?.[0]?.failure.code === 'REPOSITORY_INVALID',
})

const withoutLine = async (rig: Scene['rig']): Promise<void> => {
  const { targets, snapshot, timestamp } = await current(rig)
  const { signed } = snapshot.metadata
  const only = signed.meta['targets.json']
  if (only === undefined) throw new Error('no targets.json in the snapshot')
  const made = seal(renewed.snapshot({ 'targets.json': only }, signed.version + 1, signed.expires), rig.keys.snapshot)
  rig.lies.set(`metadata/${signed.version + 1}.snapshot.json`, made.bytes)
  const top = renewed.timestamp(metaOf(signed.version + 1, made.bytes), timestamp.metadata.signed.version + 1, timestamp.metadata.signed.expires)
  rig.lies.set('metadata/timestamp.json', seal(top, rig.keys.timestamp).bytes)
  rig.lies.set(`metadata/${targets.metadata.signed.version}.targets.json`, targets.bytes)
}
