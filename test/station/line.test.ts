import { from, lastValueFrom, map, mergeMap, of, toArray } from 'rxjs'
import t from 'tap'
import type { Calibrated } from '../../src/calibration/calibrate.js'
import type { Binding } from '../../src/models/binding.js'
import { readBundle } from '../../src/models/bundle.js'
import { loadBundle } from '../../src/models/load.js'
import type { Measurement } from '../../src/spectrum/measurement.js'
import { calibrated, decided, inferred, type Line, prepared } from '../../src/station/line.js'
import { answer, axis, bareLine } from '../support/answers.js'
import { acquisition } from '../support/references.js'
import { tinyBundle } from '../support/tiny-model.js'

const now = () => ({ monotonicMs: 0, wallMs: 0, boot: 'b1', clockTrusted: true })
const measurement = (seq: number): Measurement => ({
  ...{ instrument: 'spectro-1', seq, time: '2026-06-01T12:00:00.000Z', endMs: seq, axis },
  ...{ counts: new Float64Array(4), saturated: new Uint8Array(4), acquisition: acquisition(), flags: [] },
})
const calibration: Line['calibration'] = {
  calibrate: (one, references) => ({
    measurement: one,
    ratio: new Float64Array(4).fill(0.5),
    quantity: 'transmittance',
    flags: references.length === 0 ? ['dark-missing'] : [],
    references: { dark: null, white: null },
  }),
}
const way = (line: () => Promise<Line>, count: number) =>
  lastValueFrom(
    from(Array.from({ length: count }, (_, i) => measurement(i + 1))).pipe(calibrated(line, now), prepared(), inferred(), decided(), toArray()),
  )

t.test('without a model every spectrum is refused with a reason, and still carried to its end', async (t) => {
  const [only] = await way(async () => bareLine({ calibration, references: () => [] }), 1)
  t.match(only?.answer, { verdict: 'rejected', reason: 'dark-missing', task: null, label: null, scores: {}, set: [] })
  t.strictSame(only?.inferred.flags, ['dark-missing', 'no-model'])
  t.match(only?.inferred, { gate: null, scores: null, prepareMs: 0, inferMs: 0 })
})

/** A model whose answers take a while, in the order of the calls as `Binding.infer` promises. */
const binding = async (name: string, before: { tail: Promise<unknown> }): Promise<Binding> => {
  const bytes = await tinyBundle()
  const model = await loadBundle(bytes)
  t.teardown(() => model.close())
  return {
    model: { ...model, bundle: { ...readBundle(bytes), sha256: name } },
    misfit: null,
    prepare: <C extends { flags: Calibrated['flags'] }>(one: C) => ({
      ...{ calibrated: one, flags: one.flags, why: [name], values: new Float64Array(1), scalars: {}, prepareMs: 1 },
    }),
    infer: ({ calibrated: one, flags, why, values, prepareMs }) => {
      const done = before.tail.then(() => new Promise((resolve) => setImmediate(resolve)))
      before.tail = done
      return done.then(() => ({ calibrated: one, flags, why, values, prepareMs, gate: null, scores: null, value: null, inferMs: 2 }))
    },
    decide: ({ why }) => ({ ...answer, label: why[0] ?? null }),
  }
}

t.test('spectra come out in their order, each judged by the one line that it was calibrated on', async (t) => {
  const before = { tail: Promise.resolve() }
  const old = bareLine({ calibration, binding: await binding('old', before) })
  const fresh = bareLine({ calibration, binding: await binding('fresh', before) })
  let asked = 0
  // The model is swapped after the fifth spectrum, while the first ones are still on their way.
  const decisions = await way(async () => (++asked <= 5 ? old : fresh), 10)
  t.strictSame(
    decisions.map(({ inferred: { calibrated: own } }) => own.measurement.seq),
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
  )
  for (const { answer: said, line, inferred: own } of decisions) {
    const name = own.calibrated.measurement.seq <= 5 ? 'old' : 'fresh'
    t.equal(said.label, name)
    t.equal(line, name === 'old' ? old : fresh)
    t.equal(line.binding?.model.bundle.sha256, name)
  }
})

t.test('where the line watches the stream, that decides, and its flags are those of the result', async (t) => {
  const stream: Line['stream'] = {
    decide: (inferred) => ({ inferred: { ...inferred, flags: [...inferred.flags, 'axis-shift'] }, answer: { ...answer, label: 'of the stream' } }),
  }
  const [only] = await way(async () => bareLine({ calibration, stream, binding: await binding('alone', { tail: Promise.resolve() }) }), 1)
  t.match(only, { answer: { label: 'of the stream' }, inferred: { flags: ['dark-missing', 'axis-shift'] } })
})

t.test('references are asked for at each spectrum, not once', async (t) => {
  let kept: ReturnType<Line['references']> = []
  const line = bareLine({ calibration, references: () => kept })
  const [one, two] = await lastValueFrom(
    of(1, 2).pipe(
      mergeMap(async (seq) => {
        const { reference } = await import('../support/references.js')
        if (seq === 2) kept = [reference('dark')]
        return measurement(seq)
      }, 1),
      calibrated(async () => line, now),
      map(({ spectrum }) => spectrum.flags),
      toArray(),
    ),
  )
  t.strictSame(one, ['dark-missing'])
  t.strictSame(two, [])
})
