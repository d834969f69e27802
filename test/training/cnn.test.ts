import t from 'tap'
import { type Random, seededRandom } from '../../src/spectrum/random.js'
import { predictWithTensorflow, schedule, trainCnn } from '../../src/training/cnn.js'
import { gradientsOf } from '../../src/training/cnn-step.js'
import { type CnnTask, cnnDefaults, type Progress, type Rows } from '../../src/training/cnn-task.js'
import { forward } from '../../src/training/onnx/forward.js'
import { randomNet, specOf } from '../../src/training/onnx/net.js'
import { openTensorflow } from '../../src/training/tensorflow.js'
import { farthest, sideBySide } from '../support/nets.js'

const inputs = 48
const shape = {
  convs: [
    { width: 5, channels: 4, pool: 2 as const },
    { width: 3, channels: 8, pool: 2 as const },
  ],
  hidden: [8],
}

/** A band whose height is the value, on an unknown offset and slope, with noise. */
const spectrum = (height: number, random: Random): Float32Array => {
  const offset = random.gaussian()
  const slope = random.gaussian()
  return Float32Array.from(
    { length: inputs },
    (_, p) => height * Math.exp(-(((p - 24) / 3) ** 2)) + offset + (slope * p) / inputs + 0.1 * random.gaussian(),
  )
}
const dosed = (count: number, seed: number): Rows => {
  const random = seededRandom(seed)
  const targets = Array.from({ length: count }, () => 170 + 60 * random.uniform())
  return { rows: targets.map((value) => spectrum((value - 200) / 10, random)), targets }
}
const labelled = (set: Rows): Rows => ({ rows: set.rows, targets: Array.from(set.targets, (value) => (value < 190 ? 0 : value <= 210 ? 1 : 2)) })
const winner = (logits: Float32Array): number => logits.indexOf(Math.max(...logits))
const accuracy = (net: Parameters<typeof forward>[0], { rows, targets }: Rows): number =>
  rows.filter((row, i) => winner(forward(net, row)) === targets[i]).length / rows.length

const test = dosed(300, 99)
const ordinal: CnnTask = {
  ...cnnDefaults,
  inputs,
  shape,
  head: { kind: 'ordinal', limits: [190, 210], slope: 0.5 },
  draw: () => dosed(256, 1),
  validation: dosed(64, 2),
  seed: 5,
  epochs: 25,
  learningRate: 0.01,
  backend: 'wasm',
}

t.test('an ordinal net learns to sort by a value', async (t) => {
  const seen: Progress[] = []
  const { net, backend, bestEpoch, epochs, validationLoss } = await trainCnn({ ...ordinal, progress: (at) => seen.push(at) })
  t.equal(backend, 'wasm')
  t.ok(accuracy(net, labelled(test)) > 0.9, `${accuracy(net, labelled(test))}`)
  t.strictSame(
    seen.map(({ epoch }) => epoch),
    Array.from({ length: epochs }, (_, i) => i + 1),
  )
  t.equal(validationLoss, Math.min(...seen.map(({ validationLoss }) => validationLoss ?? 0)), 'the best epoch is the one returned')
  t.equal(seen[bestEpoch - 1]?.validationLoss, validationLoss)
  const bare = { ...net, head: null }
  const byTensorflow = sideBySide(await predictWithTensorflow(net, test.rows.slice(0, 32), 'wasm'))
  t.ok(farthest(byTensorflow, sideBySide(test.rows.slice(0, 32).map((row) => forward(bare, row)))) < 1e-5, 'the net is what TF.js computes')
})

t.test('a net for classes learns them, with rows drawn anew each epoch', async (t) => {
  const task: CnnTask = {
    ...ordinal,
    head: { kind: 'classes', labels: 3 },
    draw: (epoch) => labelled(dosed(256, 10 + epoch)),
    validation: labelled(dosed(64, 2)),
    dropout: 0.1,
  }
  const { net } = await trainCnn(task)
  t.equal(net.head, null)
  t.ok(accuracy(net, labelled(test)) > 0.9, `${accuracy(net, labelled(test))}`)
})

t.test('the same seed gives the same weights, another seed others', async (t) => {
  const short: CnnTask = {
    ...ordinal,
    epochs: 2,
    dropout: 0.2,
    draw: (_, random) => ({ rows: [spectrum(1, random), spectrum(-1, random)], targets: [210, 190] }),
  }
  const first = await trainCnn(short)
  t.strictSame((await trainCnn(short)).net, first.net)
  t.notSame((await trainCnn({ ...short, seed: 6 })).net.denses, first.net.denses)
})

t.test('training ends when the validation loss has not improved for the patience, without validation it runs to the end', async (t) => {
  const inverted = { ...ordinal.draw(0, seededRandom(0)) }
  const misled: CnnTask = { ...ordinal, validation: { ...inverted, targets: Array.from(inverted.targets, (value) => 400 - value) }, epochs: 12 }
  const stopped = await trainCnn({ ...misled, patience: 3 })
  t.ok(stopped.epochs < 12)
  t.equal(stopped.epochs, stopped.bestEpoch + 3)
  const whole = await trainCnn({ ...misled, validation: null, patience: 1, epochs: 4 })
  t.strictSame([whole.epochs, whole.bestEpoch, whole.validationLoss], [4, 4, null])
})

t.test('the learning rate rises for a twentieth of the steps and falls to nothing', async (t) => {
  t.ok(schedule(0) > 0 && schedule(0) < 0.05)
  t.equal(schedule(0.05), 1)
  t.ok(Math.abs(schedule(0.525) - 0.5) < 1e-12)
  t.ok(schedule(1) < 1e-12)
})

t.test('a stop on request ends the training between two steps', async (t) => {
  const stop = new AbortController()
  const running = trainCnn({ ...ordinal, signal: stop.signal, progress: () => stop.abort() })
  await t.rejects(running, { code: 'ABORTED' })
})

t.test('rows and numbers that do not fit are refused and named', async (t) => {
  const rows = dosed(4, 1)
  const wrong: readonly [RegExp, Partial<CnnTask>][] = [
    [/training rows, row 1.*47 values.*48/, { draw: () => ({ ...rows, rows: rows.rows.map((row) => row.slice(1)) }) }],
    [/validation rows, count.*4 rows and 3 targets/, { validation: { ...rows, targets: [200, 200, 200] } }],
    [/no number/, { draw: () => ({ ...rows, rows: rows.rows.map((row) => row.map(() => Number.NaN)) }) }],
    [/target of row 2.*NaN/, { draw: () => ({ ...rows, targets: [200, Number.NaN, 200, 200] }) }],
    [/target of row 1.*3.*0 to 2/, { head: { kind: 'classes', labels: 3 }, draw: () => ({ ...rows, targets: [3, 0, 1, 2] }) }],
    [/epochs.*0/, { epochs: 0 }],
    [/epochs.*2001/, { epochs: 2001 }],
    [/batch.*4097/, { batch: 4097 }],
    [/dropout/, { dropout: 1 }],
    [/width.*4.*odd/, { shape: { convs: [{ width: 4, channels: 2, pool: 2 }], hidden: [] } }],
  ]
  for (const [message, part] of wrong) await t.rejects(trainCnn({ ...ordinal, ...part }), { code: 'DATA_INVALID', message })
})

t.test('a loss that is no number ends the training', async (t) => {
  const huge = { rows: dosed(8, 1).rows.map((row) => row.map(() => 3e38)), targets: new Array(8).fill(0).map((_, i) => i) }
  await t.rejects(trainCnn({ ...ordinal, draw: () => huge, validation: null }), { code: 'DATA_INVALID', message: /a loss that is no number/ })
})

t.test('the weight of a row is how often it counts, for classes and for values', async (t) => {
  const { tf } = await openTensorflow('wasm')
  const net = randomNet({ inputs: 6, convs: [], denses: [3] }, seededRandom(4))
  const values = Float32Array.from({ length: 12 }, (_, i) => Math.sin(i))
  for (const kind of ['cross-entropy', 'huber'] as const) {
    const one = kind === 'huber' ? randomNet({ inputs: 6, convs: [], denses: [1] }, seededRandom(4)) : net
    const problem = { tf, spec: specOf(one), parameters: one.denses.flatMap(({ weights, bias }) => [weights, bias]), kind }
    const loss = (rows: readonly number[], weights: readonly number[] | null) =>
      gradientsOf(
        problem,
        {
          count: rows.length,
          values: Float32Array.from(rows.flatMap((row) => [...values.subarray(6 * row, 6 * row + 6)])),
          targets: Float32Array.from(rows),
          weights: weights && Float32Array.from(weights),
        },
        0,
        seededRandom(1),
      )
    const weighted = loss([0, 1], [1.5, 0.5])
    const repeated = loss([0, 0, 0, 1], null)
    t.ok(Math.abs(weighted.loss - repeated.loss) < 1e-5, `${kind}: ${weighted.loss} ${repeated.loss}`)
    t.ok(
      weighted.gradients.every((own, i) => own.every((value, k) => Math.abs(value - (repeated.gradients[i]?.[k] ?? 9)) < 1e-5)),
      `${kind}, gradients`,
    )
  }
  const rows = labelled(dosed(8, 1))
  await t.rejects(trainCnn({ ...ordinal, head: { kind: 'classes', labels: 3 }, draw: () => ({ ...rows, weights: [1] }), validation: null }), {
    code: 'DATA_INVALID',
    message: /weights.*1 weights.*8 finite ones/,
  })
})

t.test('a net of values gives them in their own unit', async (t) => {
  const { net, validationLoss } = await trainCnn({ ...ordinal, head: { kind: 'value' } })
  const judged = dosed(64, 5)
  const errors = judged.rows.map((row, n) => (forward(net, row)[0] ?? 0) - (judged.targets[n] ?? 0))
  t.equal(net.head?.outputs, 1)
  t.ok(Math.sqrt(errors.reduce((sum, error) => sum + error ** 2 / errors.length, 0)) < 6, 'within a tenth of 60 mg')
  t.ok((validationLoss ?? 1) < 0.1)
})

t.test('classes stop by how often they are right, not by how sure the wrong ones are', async (t) => {
  // A twentieth of the labels are wrong: the plain loss of a net that learns the rest rises without end.
  const made = (count: number, seed: number): Rows => {
    const own = labelled(dosed(count, seed))
    return { ...own, targets: Array.from(own.targets, (label, n) => (n % 20 === 0 ? (label + 1) % 3 : label)) }
  }
  const { validationLoss } = await trainCnn({
    ...{ ...ordinal, head: { kind: 'classes', labels: 3 }, draw: () => labelled(dosed(192, 1)), validation: made(80, 2) },
    ...{ epochs: 30, patience: 30 },
  })
  t.ok((validationLoss ?? 1) < 0.35, `${validationLoss}: 0.05 wrong, and 0.3 of the loss at its best temperature`)
})
