import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { firstValueFrom, timeout } from 'rxjs'
import t from 'tap'
import { attachedNudge } from '../../src/links/attached-nudge.js'

const AMPLE_MS = 5000

/** The name told after `act`, or a rejection when none is. */
const nudged = (nodes: string, act: () => void): Promise<string> => {
  const first = firstValueFrom(attachedNudge(nodes).pipe(timeout(AMPLE_MS)))
  setImmediate(act)
  return first
}

t.test('a device file that comes, changes its permissions or goes is told, on each bus', async (t) => {
  const nodes = t.testdir({ '001': { '002': '' }, '002': {} })
  t.equal(await nudged(nodes, () => writeFileSync(join(nodes, '002', '007'), '')), '007')
  t.equal(await nudged(nodes, () => chmodSync(join(nodes, '001', '002'), 0o660)), '002')
  t.equal(await nudged(nodes, () => rmSync(join(nodes, '001', '002'))), '002')
})

t.test('where nothing can be watched it is silent, and after it was left too', async (t) => {
  const nodes = t.testdir({ '001': {} })
  const told: string[] = []
  const none = attachedNudge(join(nodes, 'none')).subscribe((name) => told.push(name))
  const left = attachedNudge(nodes).subscribe((name) => told.push(name))
  left.unsubscribe()
  await nudged(nodes, () => mkdirSync(join(nodes, '001', '003')))
  none.unsubscribe()
  t.strictSame(told, [])
})
