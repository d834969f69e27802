import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { attachedMark } from '../../src/links/attached.js'

t.test('the mark changes when a serial port or USB device comes or goes, and only then', async (t) => {
  const folder = t.testdir({ dev: { ttyS0: '', null: '' }, usb: { '1-1': {} } })
  const where = { nodes: join(folder, 'dev'), usbDevices: join(folder, 'usb') }
  const first = await attachedMark(where)
  writeFileSync(join(folder, 'dev', 'sda'), '')
  t.equal(await attachedMark(where), first, 'a disk is none of our business')
  writeFileSync(join(folder, 'dev', 'ttyUSB0'), '')
  const second = await attachedMark(where)
  t.not(second, first)
  mkdirSync(join(folder, 'usb', '1-1.2'))
  t.not(await attachedMark(where), second)
  rmSync(join(folder, 'usb', '1-1.2'), { recursive: true })
  t.equal(await attachedMark(where), second)
})

t.test('where the system does not show what is attached there is no mark', async (t) => {
  t.equal(await attachedMark({ nodes: join(t.testdir({}), 'none') }), null)
})
