import type { GradSaveFunc, Tensor, Tensor2D, Tensor3D, Tensor4D } from '@tensorflow/tfjs-core'
import type { NetSpec } from './onnx/net.js'
import type { Tensorflow } from './tensorflow.js'

/**
 * The net of `onnx/net.ts` in TF.js operations, differentiable in its parameters (weights and bias of each layer in turn, in the
 * order and layout of a Net). `rows` is [n, inputs], the answer [n, outputs] before any head. `drop` scales the features behind
 * the convolutions in training (dropout), null is none.
 */
export const netForward = (tf: Tensorflow, spec: NetSpec, parameters: readonly Tensor[], rows: Tensor2D, drop: Tensor2D | null): Tensor2D => {
  const parameter = (i: number): Tensor => parameters[i] ?? tf.scalar(0)
  const n = rows.shape[0]
  let image: Tensor4D = tf.reshape(rows, [n, 1, spec.inputs, 1])
  spec.convs.forEach(({ width, channels, pool }, i) => {
    const kernel: Tensor3D = tf.reshape(parameter(2 * i), [channels, -1, width])
    image = tf.relu(tf.add<Tensor4D>(convolve(tf, image, kernel, i > 0), parameter(2 * i + 1)))
    if (pool === 2) image = tf.maxPool(image, [1, 2], [1, 2], 'valid')
  })
  // Channel first, as a Net has it.
  let features: Tensor2D = tf.reshape(tf.transpose(image, [0, 3, 1, 2]), [n, -1])
  if (drop) features = tf.mul(features, drop)
  spec.denses.forEach((outputs, j) => {
    const i = 2 * (spec.convs.length + j)
    features = tf.add(multiply(tf, features, tf.reshape(parameter(i), [outputs, -1])), parameter(i + 1))
    if (j < spec.denses.length - 1) features = tf.relu(features)
  })
  return features
}

/**
 * Convolution of [n, 1, length, in] with [out, in, width], stride 1, zeros at both ends, odd width. The gradients are our own: the
 * wasm backend has none for the filter (tensorflow/tfjs #8474), and its transposed products are slow, so each is a plain product or
 * convolution (measured: 6 to 10 times faster than one product a tap with transposed arguments and conv2dTranspose).
 */
const convolve = (tf: Tensorflow, input: Tensor4D, weights: Tensor3D, inputGradient: boolean): Tensor4D => {
  const [out, ins, width] = weights.shape
  const [n, , length] = input.shape
  const half = (width - 1) / 2
  const run = (x: Tensor4D, w: Tensor3D): Tensor4D => tf.conv2d(x, tf.reshape(tf.transpose(w, [2, 1, 0]), [1, width, ins, out]), 1, 'same')
  const byInput = (dy: Tensor4D, w: Tensor3D): Tensor4D =>
    tf.conv2d(dy, tf.reshape(tf.transpose(tf.reverse(w, 2), [2, 0, 1]), [1, width, out, ins]), 1, 'same')
  const byWeights = (dy: Tensor4D, x: Tensor4D): Tensor3D => {
    const around = tf.pad(tf.reshape(x, [n, length, ins]), [
      [0, 0],
      [half, half],
      [0, 0],
    ])
    const channelFirst = tf.transpose(around, [2, 0, 1])
    const tap = (k: number) => tf.reshape(tf.slice(channelFirst, [0, 0, k], [ins, n, length]), [ins, n * length])
    const taps = tf.concat(Array.from({ length: width }, (_, k) => tap(k)))
    return tf.transpose(tf.reshape(tf.matMul(taps, tf.reshape(dy, [n * length, out])), [width, ins, out]), [2, 1, 0])
  }
  if (!inputGradient) {
    const first = tf.customGrad((...given) => {
      const [w] = given as [Tensor3D, GradSaveFunc]
      return { value: run(input, w), gradFunc: (dy: Tensor4D) => byWeights(dy, input) }
    })
    return first(weights)
  }
  const inner = tf.customGrad((...given) => {
    const [x, w, save] = given as [Tensor4D, Tensor3D, GradSaveFunc]
    save([x, w])
    return {
      value: run(x, w),
      gradFunc: (dy: Tensor4D, saved: Tensor[]) => {
        const [savedX, savedW] = saved as [Tensor4D, Tensor3D]
        return [byInput(dy, savedW), byWeights(dy, savedX)]
      },
    }
  })
  return inner(input, weights)
}

/** [n, in] times the transpose of [out, in], likewise with gradients that are plain products. */
const multiply = (tf: Tensorflow, input: Tensor2D, weights: Tensor2D): Tensor2D => {
  const product = tf.customGrad((...given) => {
    const [x, w, save] = given as [Tensor2D, Tensor2D, GradSaveFunc]
    save([x, w])
    return {
      value: tf.matMul<Tensor2D>(x, tf.transpose(w)),
      gradFunc: (dy: Tensor2D, saved: Tensor[]) => {
        const [savedX, savedW] = saved as [Tensor2D, Tensor2D]
        return [tf.matMul(dy, savedW), tf.matMul(tf.transpose(dy), savedX)]
      },
    }
  })
  return product(input, weights)
}
