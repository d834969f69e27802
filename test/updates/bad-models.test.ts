import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { offers } from '../support/install-rig.js'
import { agentOn, graphOf, passes, refusedForGood } from '../support/real-slot.js'
import { withoutMount } from '../support/small-disk.js'
import { tinyBundle } from '../support/tiny-model.js'

t.setTimeout(120_000)

t.test('a good bundle passes all of it with real parts', async (t) => {
  const { first } = await offers()
  const agent = await agentOn(t.testdir(), first.bytes)
  t.match(await agent.ended(), { record: { phase: 'committed', active: 'a', denied: [] }, disagreement: 0 })
  await agent.close()
})

t.test('a bundle that is over three times slower', async (t) => {
  const grid = Array.from({ length: 1024 }, (_, i) => 1010 + (84 * i) / 1023)
  const wide = { width: 9, channels: 224 }
  const graph = graphOf([wide, wide, wide, wide, { width: 1, channels: 1 }], grid.length)
  const chain = [
    { op: 'absorbance', eps: 1e-6 },
    { op: 'resample', method: 'linear', grid },
    { op: 'center_scale', mean: grid.map(() => 0), scale: grid.map(() => 1) },
  ]
  await refusedForGood(t, await agentOn(t.testdir(), await tinyBundle({ chain, gate: undefined }, graph)), 'TOO_SLOW', /model before/)
})

t.test('a bundle with labels that are swapped', async (t) => {
  const swapped = await tinyBundle({ version: '2.0.0', outputs: { labels: ['middle', 'late', 'early'] } })
  await refusedForGood(t, await agentOn(t.testdir(), swapped, passes), 'DISAGREES', /100 %, allowed 20 %/)
})

t.test('a full disk denies nothing, and with room again it goes on', { skip: withoutMount }, async (t) => {
  const { first } = await offers()
  const folder = join(t.testdir(), 'state')
  mkdirSync(folder)
  const room = Math.ceil(first.bytes.length / 4096) * 4096
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${room + 16_384}`, 'none', folder])
  try {
    writeFileSync(join(folder, 'ballast'), new Uint8Array(16_384))
    const agent = await agentOn(folder, first.bytes, passes)
    t.match((await agent.ended()).record, { phase: 'rejected', reason: { code: 'DISK_FULL', cause: 'machine' }, denied: [], active: null })
    writeFileSync(join(folder, 'ballast'), '')
    await agent.clock.advance(60_000)
    t.match((await agent.ended(['committed'])).record, { active: 'a', denied: [] })
    await agent.close()
  } finally {
    // Before the fixture folder goes; what is still open there is let go with the last reader.
    execFileSync('umount', ['--lazy', folder])
  }
})
