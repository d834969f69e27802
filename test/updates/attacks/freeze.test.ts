import t from 'tap'
import { expiry, renewed, seal } from '../../../src/repository/metadata.js'
import { openTrust } from '../../../src/updates/trust.js'
import { attacked } from '../../support/attack.js'
import { current, forge, relisted } from '../../support/forgery.js'
import { clockAhead, emptyDisk, updateRig } from '../../support/update-rig.js'

const { signal } = new AbortController()
const DAY_MS = 86_400_000
const YESTERDAY = expiry(Date.now(), -1)

/** Both look: tuf-js by the clock of the machine, and this program by the clock that it was given. */
const CHECKS = [
  { file: 'node_modules/@tufjs/models/dist/base.js', line: 'return referenceTime >= new Date(this.expires);', replacement: 'return false' },
  { file: 'src/updates/listing.ts', line: 'if (ms > nowMs) return ms', replacement: 'return ms' },
]

attacked('an expired root', {
  attack: async ({ rig }) => {
    const { root } = await current(rig)
    rig.lies.set('metadata/2.root.json', seal(renewed.root(root.metadata.signed, 2, YESTERDAY), rig.keys.root).bytes)
  },
  code: 'TRUST_EXPIRED',
  checks: CHECKS,
  succeeded: ({ versions }) => versions.root === 2,
})

attacked('an expired timestamp', {
  attack: ({ rig }) => forge(rig, { timestamp: { expires: YESTERDAY } }),
  code: 'TRUST_EXPIRED',
  checks: CHECKS,
  succeeded: ({ expiresMs }) => expiresMs < Date.now(),
})

attacked('an expired snapshot', {
  attack: ({ rig }) => forge(rig, { snapshot: { expires: YESTERDAY } }),
  code: 'TRUST_EXPIRED',
  checks: CHECKS,
  succeeded: ({ expiresMs }) => expiresMs < Date.now(),
})

attacked('an expired list', {
  attack: async ({ rig }) => forge(rig, { targets: relisted((await current(rig)).targets, rig.keys.targets, { expires: YESTERDAY }) }),
  code: 'TRUST_EXPIRED',
  checks: CHECKS,
  succeeded: ({ expiresMs }) => expiresMs < Date.now(),
})

attacked('an expired list of a line', {
  attack: async ({ rig }) => forge(rig, { line: relisted((await current(rig)).line, [rig.lineKey], { expires: YESTERDAY }) }),
  code: 'TRUST_EXPIRED',
  line: 'tablets',
  checks: CHECKS,
  succeeded: ({ targets }) => targets.some(({ line }) => line === 'tablets'),
})

t.test('a server that keeps everything as it is: once the first of it expires nothing is believed', async (t) => {
  const rig = await updateRig(t)
  const disk = emptyDisk()
  const agent = await rig.agent(openTrust, { disk })
  const { expiresMs } = await agent.refresh(signal)
  const days = Math.round((expiresMs - Date.now()) / DAY_MS)
  t.equal(days, 7, 'the timestamp, of all the first')
  await t.resolves((await rig.agent(openTrust, { disk, clock: clockAhead(6.9 * DAY_MS) })).refresh(signal))
  const late = await rig.agent(openTrust, { disk, clock: clockAhead(7.1 * DAY_MS) })
  await t.rejects(late.refresh(signal), { code: 'TRUST_EXPIRED', message: /timestamp\.json/ })
})
