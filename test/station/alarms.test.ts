import t from 'tap'
import type { EventContent } from '../../src/delivery/contract.js'
import { Failure } from '../../src/failures.js'
import type { StreamNews } from '../../src/models/stream.js'
import { createAlarms, createEngineTeller, ENGINE_EVENT_MS } from '../../src/station/alarms.js'
import { manualClock } from '../support/manual-clock.js'

const drift = (raised: boolean): StreamNews => ({ what: 'q', raised, average: 3, limits: [-2, 2] })
const shift: StreamNews = { what: 'axis', raised: true, shiftChannels: 1.5, explained: 0.9 }

const heard = () => {
  const events: EventContent[] = []
  return { events, alarms: createAlarms('spectro-1', (content) => events.push(content)) }
}

t.test('what is up when a stream ends is cleared, what was cleared before is not cleared twice', async (t) => {
  const { events, alarms } = heard()
  alarms.take(drift(true))
  alarms.take(shift)
  alarms.take(drift(false))
  alarms.end()
  t.match(events, [
    { kind: 'drift-raised', data: { what: 'q' } },
    { kind: 'drift-raised', code: 'axis-shift' },
    { kind: 'drift-cleared', data: { what: 'q' } },
    { kind: 'drift-cleared', code: 'axis-shift', instrument: 'spectro-1', data: { what: 'axis', raised: false } },
  ])
  t.equal(events.length, 4)
})

t.test('the last spectra of a stream that has ended raise nothing, as nobody would clear it', async (t) => {
  const { events, alarms } = heard()
  alarms.end()
  alarms.take(drift(true))
  alarms.end()
  t.strictSame(events, [])
})

t.test('an engine that fails at every spectrum is told at once, and then once a minute', async (t) => {
  const clock = manualClock()
  const events: EventContent[] = []
  const tell = createEngineTeller(clock, (content) => events.push(content))
  const failure = new Failure('INVARIANT', { where: 'inference', seen: 'nothing' })
  tell('spectro-1', null)
  tell('spectro-1', failure)
  await clock.advance(ENGINE_EVENT_MS - 1)
  tell('spectro-1', failure)
  t.match(events, [{ kind: 'model', instrument: 'spectro-1', code: 'engine-failed', message: failure.message }])
  t.equal(events.length, 1)
  await clock.advance(1)
  tell('spectro-1', failure)
  t.equal(events.length, 2)
})
