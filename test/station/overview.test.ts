import t from 'tap'
import { Failure } from '../../src/failures.js'
import type { InstrumentState } from '../../src/instruments/runtime.js'
import { makeAxis } from '../../src/spectrum/axis.js'
import { infoOf, newCounters, rates, stateOf } from '../../src/station/overview.js'
import { result } from '../support/deliveries.js'
import { fakeInstrument } from '../support/fake-instrument.js'

const { identity } = fakeInstrument()
const axis = makeAxis('wavelength', [900, 1000, 1100, 1200])
const integrationUs = { requested: 100_001, rounded: 100_000, readBack: 100_000 }
const connected = { at: 'connected', id: 'fake-fk1', identity, axis, applied: { integrationUs, gain: null, binning: null, pixels: 4 } } as const

t.test('calibrated is not known before the first result, and no while a reference is missing or expired', async (t) => {
  t.strictSame(stateOf(connected, null), { state: 'connected', calibrated: null, reason: null, retryInMs: null })
  t.equal(stateOf(connected, result(1)).calibrated, true)
  t.equal(stateOf(connected, { ...result(1), flags: ['saturated', 'uncalibrated'] }).calibrated, true)
  for (const flag of ['dark-missing', 'dark-expired', 'white-missing', 'white-expired'] as const)
    t.equal(stateOf(connected, { ...result(1), flags: ['saturated', flag] }).calibrated, false, flag)
})

t.test('a fault says why, by code and in words, and when the next try comes', async (t) => {
  const state: InstrumentState = { at: 'fault', id: null, failure: new Failure('PORT_BUSY', { where: 'there' }), retryInMs: 2000 }
  t.strictSame(stateOf(state, null), {
    state: 'fault',
    calibrated: null,
    reason: { code: 'PORT_BUSY', message: 'there: another process holds the port' },
    retryInMs: 2000,
  })
})

t.test('info holds identity, limits, settings in force and the axis, and no channel by channel list', async (t) => {
  t.strictSame(infoOf(connected, 'tcp://there:1'), {
    link: 'tcp://there:1',
    family: 'fake',
    model: 'one',
    serial: 'FK1',
    firmware: null,
    pixels: 4,
    fullScaleCounts: 100,
    integrationUs: { min: 10, max: 1e9, step: 10 },
    darkPixels: [],
    linearity: null,
    settings: { integrationUs, gain: null, binning: null },
    axis: { id: axis.id, kind: 'wavelength', unit: 'nm', first: 900, last: 1200, channels: 4 },
  })
})

t.test('rates count every verdict since the last look, per instrument, also of one that is new', async (t) => {
  const before = [{ ...newCounters('a'), accepted: 10, unknown: 1, rejected: 1 }]
  const now = [
    { ...newCounters('a'), accepted: 22, unknown: 2, rejected: 4, badFrames: 9 },
    { ...newCounters('b'), accepted: 1 },
  ]
  t.strictSame(rates(before, now, 10), { a: 1.6, b: 0.1 })
  t.strictSame(rates(now, now, 10), { a: 0, b: 0 })
  t.strictSame(rates([], [{ ...newCounters('a'), accepted: 1 }], 3), { a: 0.333 })
})
