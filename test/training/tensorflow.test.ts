import t from 'tap'
import { openTensorflow } from '../../src/training/tensorflow.js'

t.test('TF.js starts offline, asked twice it is the same, and wasm can be asked for', async (t) => {
  const first = await openTensorflow()
  t.match(first.backend, /^(tensorflow|wasm)$/)
  const wasm = await openTensorflow('wasm')
  t.equal(wasm.backend, 'wasm')
  t.equal(wasm.tf.getBackend(), 'wasm')
  t.equal((await openTensorflow('wasm')).tf, wasm.tf)
})

t.test('one thread: two would be slower and another order of sums', async (t) => {
  const { tf } = await openTensorflow('wasm')
  const { getThreadsCount } = await import('@tensorflow/tfjs-backend-wasm')
  t.equal(tf.getBackend(), 'wasm')
  t.equal(getThreadsCount(), 1)
})
