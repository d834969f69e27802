import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { PROJECT } from '../support/command.js'
import { blocksOf, missing, runPage } from '../support/page-commands.js'
import { freshFolder } from '../support/tiny-folder.js'

t.test('a comment without a fence is no block that is run, but a mistake', async (t) => {
  t.throws(() => blocksOf('<!-- run -->\n\n```sh\ntrue\n```\n'), /line 1/)
  t.throws(() => blocksOf('<!-- shows -->\n```text\nx\n```\n'), /nothing was run/)
})

t.test('what a page shows must stand in the output, in its order', async (t) => {
  t.equal(missing(['a ... c', 'd'], 'x\na b c\ny\nd\n'), null)
  t.equal(missing(['d', 'a ... c'], 'a b c\nd\n'), 'a ... c')
  t.equal(missing(['a.c'], 'abc\n'), 'a.c')
})

t.test('a command that fails ends the page there', async (t) => {
  const blocks = blocksOf('<!-- run -->\n```sh\necho one\nfalse | true\necho two\n```\n<!-- run -->\n```sh\necho three\n```\n')
  const ran = await runPage(blocks, { folder: freshFolder(t), ports: new Map(), brokerPort: 1883 })
  t.match(ran, [
    { done: false, output: 'one\n' },
    { done: false, output: '' },
  ])
})

t.test('every test that the page on security names exists', async (t) => {
  const page = readFileSync(join(PROJECT, 'docs/security.md'), 'utf8')
  const named = [...page.matchAll(/test\/[a-z/-]+(?:\.test\.ts)?/g)].map(([path]) => path)
  t.ok(named.length > 10)
  for (const path of named) t.ok(existsSync(join(PROJECT, path)), path)
})
