import { symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { BehaviorSubject, NEVER } from 'rxjs'
import t from 'tap'
import { createFinder } from '../../src/instruments/finder.js'
import type { Port } from '../../src/links/contract.js'
import { fakeInstrument } from '../support/fake-instrument.js'

const { families } = fakeInstrument()

t.test('a link by id is opened as it stands and known by the port that it leads to', async (t) => {
  const folder = t.testdir({})
  writeFileSync(join(folder, 'ttyUSB0'), '')
  symlinkSync(join(folder, 'ttyUSB0'), join(folder, 'by-id'))
  const port: Port = { url: `serial:${join(folder, 'ttyUSB0')}`, kind: 'stream', usbVendor: 0x1209, usbProduct: 1, serialNumber: 'FK7' }
  const link = `serial:${join(folder, 'by-id')}`
  const { find } = createFinder({ link, family: 'fake' }, { list: async () => [port], ports$: NEVER }, families)
  t.strictSame(await find(), [{ url: link, family: 'fake', port, serial: null }])
})

t.test('a TCP link lists no ports: the libraries of other links stay unloaded', async (t) => {
  let lists = 0
  const list = async () => {
    lists++
    return []
  }
  const { find, plugged$ } = createFinder({ link: 'tcp://127.0.0.1:1', family: 'fake' }, { list, ports$: NEVER }, families)
  t.equal((await find()).length, 1)
  t.equal(lists, 0)
  t.equal(plugged$, null)
})

t.test('plugging in is told once, pulling out and strangers are not', async (t) => {
  const mine: Port = { url: 'usb:1-1', kind: 'stream', usbVendor: 0x1209, usbProduct: 1, serialNumber: 'FK7' }
  const ports$ = new BehaviorSubject<readonly Port[]>([mine])
  const { plugged$ } = createFinder({ link: 'usb:FK7', family: null }, { list: async () => [], ports$ }, families)
  let told = 0
  const listening = plugged$?.subscribe(() => told++)
  const stranger: Port = { url: 'serial:/dev/ttyUSB1', kind: 'stream' }
  const after: number[] = []
  for (const ports of [[mine, stranger], [stranger], [mine], [mine, stranger]]) {
    ports$.next(ports)
    await new Promise((resolve) => setImmediate(resolve))
    after.push(told)
  }
  t.strictSame(after, [0, 0, 1, 1])
  listening?.unsubscribe()
})
