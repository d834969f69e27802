import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import t from 'tap'
import { isFailure } from '../../src/failures.js'
import { readBundle } from '../../src/models/bundle.js'
import { checkGraph, MAX_ATTRIBUTE, MAX_DIM, MAX_NODES } from '../../src/models/graph-rules.js'
import { openModel } from '../../src/models/open.js'
import { encodeModel, type Node } from '../../src/training/onnx/graph.js'
import { bytes, integer, join, message, text } from '../../src/training/onnx/protobuf.js'

const fixture = (name: string): Uint8Array => readFileSync(new URL(`fixtures/${name}.onnx`, import.meta.url))
const shipped = (): Uint8Array => readFileSync(new URL('../../models/tablet-dose/tablet-dose.s2m', import.meta.url))

const graphOf = (nodes: readonly Node[], values: Float32Array = Float32Array.of(1, 2), dims: readonly number[] = [2]): Uint8Array =>
  encodeModel({ name: 'test', inputs: 2, outputs: 2, nodes, tensors: [{ name: 'w', dims, values }] })
const add: Node = { op: 'Add', inputs: ['input', 'w'], output: 'output' }

/** A model of raw parts: those of the graph, and those beside it. */
const raw = (graph: readonly Uint8Array[], beside: readonly Uint8Array[] = [message(8, text(1, ''), integer(2, 13))]): Uint8Array =>
  join([integer(1, 8), message(7, ...graph), ...beside])
const tensor = (...parts: readonly Uint8Array[]): Uint8Array => message(5, ...parts)
const FOUR = bytes(9, new Uint8Array(4))

const refused = (graph: Uint8Array, seen: RegExp | string) => () => {
  try {
    checkGraph(graph, 'graph')
  } catch (error) {
    if (isFailure(error, 'BUNDLE_INVALID') && (typeof seen === 'string' ? error.seen === seen : seen.test(error.message))) return
    throw error
  }
  throw new Error('taken')
}

t.test('the graphs that ship and those of the tests pass', async (t) => {
  t.doesNotThrow(() => checkGraph(readBundle(shipped()).graph, 'shipped'))
  for (const name of ['bumps', 'fixed-batch', 'doubles', 'not-finite', 'two-inputs', 'rank-three'])
    t.doesNotThrow(() => checkGraph(fixture(name), name))
  t.doesNotThrow(() => checkGraph(graphOf([add]), 'made'))
})

for (const op of ['Loop', 'If', 'Scan', 'RandomNormal', 'Expand', 'Tile', 'ConstantOfShape', 'Range', 'Pad', 'Resize', 'Constant', 'Op', ''])
  t.test(`the operator "${op}" is refused`, async (t) => {
    t.doesNotThrow(refused(graphOf([{ ...add, op }]), `the operator ${op}`))
  })

t.test('operators of another set are refused, whatever they are called', async (t) => {
  const node = message(1, text(1, 'input'), text(2, 'output'), text(4, 'Add'), text(7, 'com.microsoft'))
  t.doesNotThrow(refused(raw([node]), 'the operator com.microsoft.Add'))
  t.doesNotThrow(refused(raw([], [message(8, text(1, ''), integer(2, 13)), message(8, text(1, 'com.microsoft'), integer(2, 1))]), /com\.microsoft/))
  t.doesNotThrow(refused(raw([], []), 'operator sets none'))
})

t.test('data in another file are refused, by either of the two marks', async (t) => {
  const external = message(13, text(1, 'location'), text(2, '/etc/passwd'))
  t.doesNotThrow(refused(raw([tensor(integer(1, 1), integer(2, 1), text(8, 'w'), FOUR, external)]), /data in another file/))
  t.doesNotThrow(refused(raw([tensor(integer(1, 1), integer(2, 1), text(8, 'w'), FOUR, integer(14, 1))]), 'data in another file'))
  t.doesNotThrow(() => checkGraph(raw([tensor(integer(1, 1), integer(2, 1), text(8, 'w'), FOUR, integer(14, 0))]), 'graph'))
})

t.test('a tensor that is larger than its data is refused, in whatever way its axes are written', async (t) => {
  const dims = [...new Array(4)].map(() => integer(1, 100_000))
  t.doesNotThrow(refused(raw([tensor(...dims, integer(2, 1), FOUR)]), /100000, 100000, 100000, 100000, 4 bytes of data/))
  // Packed: 0xa0 0x8d 0x06 is 100,000.
  t.doesNotThrow(refused(raw([tensor(bytes(1, Uint8Array.of(0xa0, 0x8d, 0x06)), integer(2, 1), FOUR)]), /100000, 4 bytes of data/))
  for (const dim of [0, -1, MAX_DIM + 1, 2n ** 62n]) t.doesNotThrow(refused(raw([tensor(integer(1, dim), integer(2, 1), FOUR)]), /an axis of/))
  t.doesNotThrow(refused(raw([tensor(integer(1, 1), integer(2, 1))]), /0 bytes of data/))
  t.doesNotThrow(refused(raw([tensor(integer(1, 1), integer(2, 1), FOUR, FOUR)]), /4 bytes of data/))
  t.doesNotThrow(refused(raw([tensor(integer(1, 1), integer(2, 8), FOUR)]), 'elements of type 8'))
  t.doesNotThrow(refused(raw([tensor(integer(1, 1), integer(2, 1), integer(2, 2), FOUR)]), 'elements of type 1, 2'))
})

t.test('a padding that would fill the memory is refused', async (t) => {
  const conv = (pad: number) => graphOf([{ op: 'Conv', inputs: ['input', 'w'], output: 'output', attributes: { pads: [0, pad] } }])
  t.doesNotThrow(() => checkGraph(conv(MAX_ATTRIBUTE), 'graph'))
  t.doesNotThrow(refused(conv(MAX_ATTRIBUTE + 1), `${MAX_ATTRIBUTE + 1}`))
  t.doesNotThrow(refused(conv(-MAX_ATTRIBUTE - 1), `${-MAX_ATTRIBUTE - 1}`))
})

t.test('subgraphs, functions, training and sparse tensors are refused', async (t) => {
  const withAttribute = (...parts: readonly Uint8Array[]) => raw([message(1, text(4, 'Add'), message(5, text(1, 'body'), ...parts))])
  t.doesNotThrow(refused(withAttribute(message(6, text(2, 'inner'))), /the field 6 \(a graph\)/))
  t.doesNotThrow(refused(withAttribute(message(11, text(2, 'inner'))), /the field 11 \(graphs\)/))
  t.doesNotThrow(refused(withAttribute(message(5, FOUR)), /the field 5 \(a tensor\)/))
  const set = message(8, text(1, ''), integer(2, 13))
  t.doesNotThrow(refused(raw([], [set, message(25, text(1, 'f'))]), /functions/))
  t.doesNotThrow(refused(raw([], [set, message(20, text(1, 'f'))]), /training/))
  t.doesNotThrow(refused(raw([message(15, text(1, 'f'))]), /sparse/))
})

t.test('a second graph, which other readers would lay over the first, is refused', async (t) => {
  t.doesNotThrow(refused(raw([], [message(8, text(1, ''), integer(2, 13)), message(7, text(2, 'other'))]), '2 graphs'))
})

t.test('too many operators are refused', async (t) => {
  const nodes = (count: number) => graphOf(Array.from({ length: count }, () => add))
  t.doesNotThrow(() => checkGraph(nodes(MAX_NODES), 'graph'))
  t.doesNotThrow(refused(nodes(MAX_NODES + 1), `${MAX_NODES + 1} operators`))
})

t.test('bytes that are no graph are refused, whatever they are; a graph that is cut off anywhere, too', async (t) => {
  const whole = graphOf([add])
  for (let length = 0; length < whole.length; length++) t.throws(() => checkGraph(whole.subarray(0, length), 'graph'), { code: 'BUNDLE_INVALID' })
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
      try {
        checkGraph(noise, 'graph')
        return false
      } catch (error) {
        return isFailure(error, 'BUNDLE_INVALID')
      }
    }),
  )
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
      const changed = Uint8Array.from(whole)
      changed[at] = (changed[at] ?? 0) ^ flip
      try {
        checkGraph(changed, 'graph')
        return true
      } catch (error) {
        return isFailure(error, 'BUNDLE_INVALID')
      }
    }),
  )
})

t.test('no engine sees a graph that is refused', async (t) => {
  let opened = 0
  const open = async () => {
    opened++
    throw new Error('opened')
  }
  const bundle = readBundle(shipped())
  await t.rejects(openModel({ ...bundle, graph: graphOf([{ ...add, op: 'Loop' }]) }, open), { code: 'BUNDLE_INVALID', seen: 'the operator Loop' })
  t.equal(opened, 0)
  await t.rejects(openModel(bundle, open), /opened/)
})
