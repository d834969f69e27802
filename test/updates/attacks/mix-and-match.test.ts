import { refresh } from '../../../src/repository/refresh.js'
import { attacked, type Scene } from '../../support/attack.js'
import { current } from '../../support/forgery.js'

const STORE = 'node_modules/tuf-js/dist/store.js'

/** The repository moves on; files of before are served under the names of now. All of them are rightly signed. */
const mixed =
  (role: 'targets' | 'tablets' | 'snapshot', renew: readonly string[]) =>
  async ({ rig }: Scene): Promise<void> => {
    const of = async () => {
      const { targets, line, snapshot } = await current(rig)
      return { targets, tablets: line, snapshot }[role]
    }
    const old = await of()
    await refresh(rig.place, renew)
    await rig.publish()
    rig.lies.set(`metadata/${(await of()).metadata.signed.version}.${role}.json`, old.bytes)
  }

const LIST_CHECKS = [
  { file: STORE, line: 'meta.verify(bytesBuffer);', replacement: '' },
  { file: STORE, line: 'if (version != meta.version) {', replacement: 'if (false) {' },
]

attacked('an older list under the name of the new one', {
  attack: mixed('targets', ['targets']),
  code: 'TRUST_MIXED',
  checks: LIST_CHECKS,
  succeeded: async ({ versions }, { rig }) => versions.targets === (await current(rig)).targets.metadata.signed.version - 1,
})

attacked('an older list of a line under the name of the new one', {
  attack: mixed('tablets', ['tablets']),
  code: 'TRUST_MIXED',
  line: 'tablets',
  checks: LIST_CHECKS,
  succeeded: ({ targets }) => targets.some(({ line }) => line === 'tablets'),
})

attacked('an older snapshot under the name of the new one', {
  attack: mixed('snapshot', []),
  code: 'TRUST_MIXED',
  checks: [
    { file: STORE, line: 'snapshotMeta.verify(bytesBuffer);', replacement: '' },
    { file: STORE, line: 'if (this.snapshot.signed.version !== snapshotMeta.version) {', replacement: 'if (false) {' },
  ],
  succeeded: async ({ versions }, { rig }) => versions.snapshot === (await current(rig)).snapshot.metadata.signed.version - 1,
})

attacked('a snapshot with one byte changed in its white space', {
  attack: async (scene) => {
    await refresh(scene.rig.place)
    await scene.rig.publish()
    const { snapshot } = await current(scene.rig)
    const bytes = Buffer.from(snapshot.bytes)
    bytes[bytes.length - 1] = ' '.charCodeAt(0)
    scene.rig.lies.set(`metadata/${snapshot.metadata.signed.version}.snapshot.json`, bytes)
  },
  code: 'TRUST_HASH',
  checks: [{ file: STORE, line: 'snapshotMeta.verify(bytesBuffer);', replacement: '' }],
  succeeded: async ({ versions }, { rig }) => versions.snapshot === (await current(rig)).snapshot.metadata.signed.version,
})
