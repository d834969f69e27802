import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { readBundle } from '../../src/models/bundle.js'
import { inside } from '../support/command-line.js'
import { freshFolder, tinyFile } from '../support/tiny-folder.js'

t.test('the same model under another version: only version and hash are others, and its golden answers still hold', async (t) => {
  const file = await tinyFile(t)
  const out = join(freshFolder(t), 'tiny-1.1.0.s2m')
  const { exit, out: said } = await inside(t, 'bundle', 'renumber', file, '1.1.0', '--out', out, '--json')
  t.equal(exit, 0)
  const [before, after] = [readBundle(readFileSync(file)), readBundle(readFileSync(out))]
  t.match(JSON.parse(said), { id: 'tiny', version: '1.1.0', sha256: after.sha256 })
  t.not(after.sha256, before.sha256)
  t.strictSame({ ...after.manifest, seal: '', version: '' }, { ...before.manifest, seal: '', version: '' })
  t.strictSame(after.graph, before.graph)
  t.strictSame(after.golden, before.golden)
  t.equal((await inside(t, 'bundle', 'verify', out)).exit, 0)
})

t.test('a version that is none, and the one that it has already, are refused', async (t) => {
  const file = await tinyFile(t)
  const out = join(freshFolder(t), 'other.s2m')
  for (const version of ['1.1', '1.0.0']) {
    const { exit, err } = await inside(t, 'bundle', 'renumber', file, version, '--out', out)
    t.equal(exit, 64)
    t.match(err, `seen: "${version}"`)
  }
  const lost = await inside(t, 'bundle', 'renumber', file, '1.1.0', '--out', join(out, 'no', 'folder.s2m'))
  t.equal(lost.exit, 74)
})
