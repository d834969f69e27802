import t from 'tap'
import { Failure } from '../../src/failures.js'
import { openModel } from '../../src/models/open.js'
import { pixelAxis } from '../../src/spectrum/axis.js'
import { ENGINE_EVENT_MS } from '../../src/station/alarms.js'
import { MAX_SHADOWED } from '../../src/station/trial-host.js'
import type { ShadowPair } from '../../src/updates/shadow.js'
import type { Judged } from '../../src/updates/trial.js'
import { handle, handledModel, slotRig, stationOn } from '../support/slot-rig.js'
import { fixture, tinyBundle } from '../support/tiny-model.js'

/** What an iteration gives until its signal; `over` when it has ended. */
const gathered = <T>(all: AsyncIterable<T>) => {
  const list: T[] = []
  const state = { over: false, failure: null as unknown }
  const read = async () => {
    for await (const one of all) list.push(one)
  }
  const done = read()
    .catch((error: unknown) => {
      state.failure = error
    })
    .then(() => {
      state.over = true
    })
  return { list, state, done }
}
const labelsOf = (judged: readonly Judged[]) => judged.map(({ answer }) => answer.label)

t.test('both models judge every spectrum of every instrument of the slot, each by itself, until the signal', async (t) => {
  const first = await handledModel()
  const candidate = await handledModel({ version: '1.1.0', outputs: { labels: ['late', 'middle', 'early'] } })
  const { clock, slot, station, committed, stop } = slotRig(first)
  const other = stationOn(slot, clock, { serial: 'FK2' })
  station.start()
  other.station.start()
  await clock.advance(100)
  const [own, others] = [committed.length, other.committed.length]
  const end = new AbortController()
  const { list, state, done } = gathered<ShadowPair>(slot.host.shadow(candidate.model, end.signal))
  await clock.advance(300)
  const came = committed.length - own + other.committed.length - others
  t.equal(list.length, came)
  t.ok(came >= 58)
  const turned = { early: 'late', middle: 'middle', late: 'early' } as const
  t.strictSame(
    labelsOf(list.map((pair) => pair.candidate)),
    labelsOf(list.map(({ old }) => old)).map((label) => (label === 'early' || label === 'late' || label === 'middle' ? turned[label] : label)),
  )
  t.strictSame([...new Set(labelsOf(list.map(({ old }) => old)))].sort(), ['early', 'late', 'middle'])
  t.ok(list.every((pair) => pair.old.finite && pair.candidate.finite))
  t.strictSame([...new Set(committed.map(({ model }) => model?.version))], ['1.0.0'], 'the candidate answers nothing')
  end.abort()
  await done
  t.equal(state.failure, null)
  await stop()
  await other.stop()
  await slot.close()
  await candidate.model.close()
})

t.test('a candidate that is slower than the instruments delays no answer; what it cannot keep up with is left out', async (t) => {
  const first = await handledModel()
  const candidate = await handledModel({ version: '1.1.0' })
  let letGo = () => {}
  const held = new Promise<void>((resolve) => {
    letGo = resolve
  })
  candidate.engine.before = () => held
  const { clock, slot, station, committed, stop } = slotRig(first)
  const end = new AbortController()
  const { list, done } = gathered<ShadowPair>(slot.host.shadow(candidate.model, end.signal))
  station.start()
  await clock.advance(10 * (MAX_SHADOWED + 40))
  t.ok(committed.length > MAX_SHADOWED + 30, 'each was answered')
  t.strictSame(list, [])
  await stop()
  letGo()
  for (let i = 0; i < 20; i++) await clock.advance(1)
  t.equal(list.length, MAX_SHADOWED + 1, 'those that waited, and the one that it was at')
  t.equal(slot.leftOut, committed.length - list.length)
  end.abort()
  await done
  await slot.close()
  await candidate.model.close()
})

t.test('an instrument that the candidate does not fit says nothing of it', async (t) => {
  const first = await handledModel()
  const candidate = await handledModel({ version: '1.1.0' })
  const { clock, slot, station, stop } = slotRig(first)
  const other = stationOn(slot, clock, { serial: 'FK2' })
  other.fake.identity = { ...other.fake.identity, axis: pixelAxis(12) }
  other.station.start()
  const end = new AbortController()
  const { list, done } = gathered<ShadowPair>(slot.host.shadow(candidate.model, end.signal))
  await clock.advance(100)
  t.ok(other.committed.length > 5)
  t.strictSame(list, [])
  station.start()
  await clock.advance(100)
  t.ok(list.length > 5)
  end.abort()
  await done
  await stop()
  await other.stop()
  await slot.close()
  await candidate.model.close()
})

t.test('an engine of the candidate that fails ends the shadow run with what it said, and no answer is lost', async (t) => {
  const first = await handledModel()
  const candidate = await handledModel({ version: '1.1.0' })
  candidate.engine.before = async () => {
    throw new Failure('INVARIANT', { where: 'the candidate' })
  }
  const { clock, slot, station, committed, stop } = slotRig(first)
  const { state, list } = gathered<ShadowPair>(slot.host.shadow(candidate.model, new AbortController().signal))
  station.start()
  await clock.advance(100)
  t.match(state, { over: true, failure: { code: 'INVARIANT', where: 'the candidate' } })
  t.strictSame(list, [])
  t.ok(committed.length > 5)
  await stop()
  await slot.close()
  await candidate.model.close()
})

t.test('the probation hears every answer of the model that answers now, and nothing of the last ones of the model before', async (t) => {
  const first = await handledModel()
  const second = await handledModel({ version: '1.1.0', outputs: { labels: ['late', 'middle', 'early'] } })
  const { clock, slot, station, committed, decisions, stop } = slotRig(first, async () => second.model)
  let letGo = () => {}
  const held = new Promise<void>((resolve) => {
    letGo = resolve
  })
  first.engine.before = () => held
  station.start()
  await clock.advance(50)
  await slot.host.answer({ side: 'a', path: 'second' })
  const end = new AbortController()
  const { list, done } = gathered<Judged | Failure>(slot.host.results(end.signal))
  await clock.advance(1)
  letGo()
  await clock.advance(200)
  const own = committed.filter(({ model }) => model?.version === '1.1.0')
  t.ok(own.length >= 19 && own.length < committed.length)
  t.strictSame(
    list.map((one) => (one instanceof Failure ? one : one.answer)),
    decisions.slice(-own.length).map(({ answer }) => answer),
  )
  end.abort()
  await done
  await stop()
  await slot.close()
})

t.test('an engine that fails costs the answer and not the agent: the number is kept, the flag says why, the probation hears of it', async (t) => {
  const first = await handledModel()
  const { clock, slot, station, committed, events, broken, stop } = slotRig(first)
  const end = new AbortController()
  const { list, done } = gathered<Judged | Failure>(slot.host.results(end.signal))
  station.start()
  await clock.advance(50)
  const before = committed.length
  const failure = new Failure('INVARIANT', { where: 'the engine' })
  first.engine.before = async () => {
    throw failure
  }
  await clock.advance(50)
  first.engine.before = async () => {}
  await clock.advance(50)
  t.strictSame(broken, [])
  t.strictSame(
    committed.map(({ seq }) => seq),
    committed.map((_, i) => i + 1),
  )
  t.match(committed[before], { verdict: 'rejected', reason: 'engine-failed', flags: ['engine-failed'], label: null, scores: {} })
  t.equal(committed.at(-1)?.verdict, 'accepted')
  t.equal(list[before], failure)
  t.equal(list.filter((one) => one instanceof Failure).length, committed.filter(({ reason }) => reason === 'engine-failed').length)
  t.equal(events.filter(({ kind, code }) => kind === 'model' && code === 'engine-failed').length, 1, `one in ${ENGINE_EVENT_MS} ms`)
  end.abort()
  await done
  await stop()
  await slot.close()
})

t.test('a graph that gives numbers which are not finite is told as such; a spectrum that was not computed is not', async (t) => {
  const first = await handledModel()
  const candidate = await handle(await tinyBundle({ version: '1.1.0' }))
  const sick = await openModel({ ...candidate.model.bundle, graph: fixture('not-finite') })
  const { clock, slot, station, scene, stop } = slotRig(first)
  const plain = scene.next
  // Every other one is saturated: both refuse it, and nothing was asked of the graph.
  scene.next = (n) => (n % 2 === 0 ? plain(n) : new Array<number>(12).fill(2))
  const end = new AbortController()
  const { list, done } = gathered<ShadowPair>(slot.host.shadow({ ...candidate.model, batcher: sick.batcher }, end.signal))
  station.start()
  await clock.advance(200)
  t.strictSame(
    list.slice(0, 4).map((pair) => [pair.old.finite, pair.candidate.finite, pair.old.answer.verdict]),
    [
      [true, false, 'accepted'],
      [true, true, 'rejected'],
      [true, false, 'accepted'],
      [true, true, 'rejected'],
    ],
  )
  end.abort()
  await done
  await stop()
  await slot.close()
  await candidate.model.close()
  await sick.close()
})
