import { map } from 'rxjs'
import { TestScheduler } from 'rxjs/testing'
import t, { type Test } from 'tap'
import { discover } from '../../src/instruments/discovery.js'
import type { Port } from '../../src/links/contract.js'
import { fakeDescription } from '../support/fake-instrument.js'

const port = (url: string, serialNumber: string): Port => ({ url, kind: 'stream', usbVendor: 0x1209, usbProduct: 1, serialNumber })
const lists: Record<string, readonly Port[]> = {
  n: [],
  a: [port('serial:/dev/a', 'FK1')],
  b: [port('serial:/dev/a', 'FK1'), port('serial:/dev/b', 'FK2')],
  s: [port('serial:/dev/a', 'FK9')],
  x: [port('serial:/dev/a', 'FK1'), port('serial:/dev/x', 'adapter'), { url: 'serial:/dev/ttyS0', kind: 'stream' }],
}

const draw = (source: string, expected: string, values: Record<string, string>) => (t: Test) => {
  new TestScheduler((got, want) => t.strictSame(got, want)).run(({ hot, expectObservable }) => {
    const told$ = discover(hot(source, lists), [fakeDescription]).pipe(map(({ kind, port, family }) => `${kind} ${family} ${port.serialNumber}`))
    expectObservable(told$).toBe(expected, values)
  })
  t.end()
}

const values = { p: 'appeared fake FK1', q: 'appeared fake FK2', g: 'gone fake FK1', h: 'gone fake FK2', r: 'appeared fake FK9' }
t.test('never: nothing is plugged in', draw('---', '---', values))
t.test('empty: a list without instruments says nothing', draw('-n-|', '---|', values))
t.test('one comes and goes', draw('-n-a---n-', '---p---g-', values))
t.test('many come at once, and one goes', draw('-b----a-', '-(pq)-h-', values))
t.test('another instrument on the same address: first the old one goes', draw('-a---s---', '-p---(gr)', values))
t.test('adapters and plain serial ports start nothing', draw('-a-x-', '-p---', values))
t.test('an error of the list passes', draw('-a-#', '-p-#', values))
