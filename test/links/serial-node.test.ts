import { renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { withDeadline } from '../../src/links/deadline.js'
import { watchNode } from '../../src/links/serial-node.js'

const AMPLE_MS = 5000
/** The watch must not keep a process alive, so that something else does here. */
const awake = setInterval(() => {}, 1000)
t.teardown(() => clearInterval(awake))

const lossOf = (path: string, act: () => void): Promise<string> => {
  const lost = new Promise<string>((resolve) => {
    void watchNode(path, () => resolve('lost')).then(act)
  })
  return withDeadline(lost, AMPLE_MS, path)
}

t.test('a device file that goes is lost, also behind a link that stays', async (t) => {
  const folder = t.testdir({ ttyUSB0: '' })
  const file = join(folder, 'ttyUSB0')
  const link = join(folder, 'by-id')
  symlinkSync(file, link)
  t.equal(await lossOf(link, () => rmSync(file)), 'lost')
})

t.test('another file in its place is a loss; a link that now leads elsewhere is none', async (t) => {
  const folder = t.testdir({ ttyUSB0: '', ttyUSB1: '', other: '' })
  const link = join(folder, 'by-id')
  symlinkSync(join(folder, 'ttyUSB1'), link)
  let lost = 0
  const stop = await watchNode(link, () => lost++)
  rmSync(link)
  symlinkSync(join(folder, 'other'), link)
  t.equal(await lossOf(join(folder, 'ttyUSB0'), () => renameSync(join(folder, 'other'), join(folder, 'ttyUSB0'))), 'lost')
  t.equal(lost, 0)
  stop()
})

t.test('a file that is not there is lost, and is told once', async (t) => {
  const folder = t.testdir({ live: '' })
  let told = 0
  await watchNode(join(folder, 'none'), () => told++)
  t.equal(await lossOf(join(folder, 'live'), () => rmSync(join(folder, 'live'))), 'lost')
  t.equal(await lossOf(join(folder, 'none'), () => {}), 'lost')
  t.equal(told, 1)
})

t.test('after it was stopped it says nothing', async (t) => {
  const folder = t.testdir({ live: '' })
  let told = 0
  const stop = await watchNode(join(folder, 'none'), () => told++)
  stop()
  writeFileSync(join(folder, 'other'), '')
  t.equal(await lossOf(join(folder, 'other'), () => rmSync(join(folder, 'other'))), 'lost')
  t.equal(told, 0)
})
