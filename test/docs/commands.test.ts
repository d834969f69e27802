import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { PROJECT } from '../support/command.js'
import { freePort, startMosquitto, withoutMosquitto } from '../support/mosquitto.js'
import { blocksOf, missing, runPage } from '../support/page-commands.js'
import { freshFolder } from '../support/tiny-folder.js'

t.setTimeout(400_000)

/** Each page is run from its first block to its last in an empty folder, with a broker of its own. */
const pages = ['docs/updates.md', 'docs/security.md', 'docs/models.md']

/** The first of three ports that are free one after the other. */
const freeRow = async (): Promise<number> => {
  for (;;) {
    const first = await freePort()
    if ((await Promise.all([1, 2].map((more) => isFree(first + more)))).every(Boolean)) return first
  }
}

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })

const run = async (t: Test, page: string): Promise<void> => {
  const blocks = blocksOf(readFileSync(join(PROJECT, page), 'utf8'))
  t.ok(blocks.length > 3, 'there is something to run')
  const folder = freshFolder(t)
  const broker = await startMosquitto(folder)
  t.teardown(() => broker.signal('SIGKILL'))
  const ports = new Map([
    [1883, broker.port],
    [1884, await freePort()],
    [8000, await freePort()],
    [4000, await freeRow()],
  ])
  const ran = await runPage(blocks, { folder, ports, brokerPort: broker.port })
  for (const { block, done, output } of ran) {
    const where = `${page}:${block.line}`
    t.ok(done, where)
    if (!done) return t.comment(`${where} failed:\n${block.commands}\n--\n${output.slice(-4000)}`)
    const lacking = missing(block.shown, output)
    t.equal(lacking, null, `${where} shows what it says`)
    if (lacking !== null) t.comment(`${where} printed:\n${output.slice(-4000)}`)
  }
}

// Beside each other: they wait for their agents most of the time.
t.jobs = pages.length
for (const page of pages) t.test(`every command of ${page} works as it stands there`, { skip: withoutMosquitto, buffered: true }, (t) => run(t, page))
