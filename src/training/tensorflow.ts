import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import util from 'node:util'
import type * as Core from '@tensorflow/tfjs-core'
import { Failure } from '../failures.js'

export type Tensorflow = typeof Core

/** `tensorflow` is the native library of tfjs-node, `wasm` the portable one. */
export type Backend = 'tensorflow' | 'wasm'

/**
 * TF.js, ready to compute: tfjs-node where its native library loads and multiplies correctly, else WebAssembly on one thread (its
 * threads are slower in Node, measured). `only: 'wasm'` asks for the one whose numbers are the same on every machine. The packages
 * are optional, so that an agent does without them: fails with PART_MISSING.
 */
export const openTensorflow = async (only?: 'wasm'): Promise<{ tf: Tensorflow; backend: Backend }> => {
  const tf = await loadCore()
  if (only === undefined && (await useNative(tf))) return { tf, backend: 'tensorflow' }
  const wasm = await import('@tensorflow/tfjs-backend-wasm').catch(missing)
  // The files beside the package: nothing is fetched. TF.js takes both settings only before the backend starts.
  if (!wasmIsSet) {
    wasmIsSet = true
    wasm.setWasmPaths(`${dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'))}/`)
    wasm.setThreadsCount(1)
  }
  if (!(await tf.setBackend('wasm')) || !multiplies(tf))
    throw new Failure('PART_MISSING', { where: 'TF.js', seen: 'its WebAssembly backend does not start', allowed: 'a processor with SIMD' })
  return { tf, backend: 'wasm' }
}

/** TF.js keeps its backends for the whole process, so this does too. */
let wasmIsSet = false

const loadCore = async (): Promise<Tensorflow> => {
  const tf = await import('@tensorflow/tfjs-core').catch(missing)
  // tfjs-core alone knows no gradients; loading the layers registers them.
  await import('@tensorflow/tfjs-layers').catch(missing)
  return tf
}

/** The name is not a literal: types and build must not depend on a package that many machines cannot install. */
const nativePackage: string = '@tensorflow/tfjs-node'

/** Every way to fail means "not here": absent, no libtensorflow, built for another processor. WebAssembly is the valid fallback. */
const useNative = async (tf: Tensorflow): Promise<boolean> => {
  // tfjs-node 4.22 calls this function, which Node 23 removed (tensorflow/tfjs #8425).
  if (!('isNullOrUndefined' in util)) Object.assign(util, { isNullOrUndefined: (value: unknown) => value === null || value === undefined })
  try {
    await import(nativePackage)
    return (await tf.setBackend('tensorflow')) && multiplies(tf)
  } catch {
    return false
  }
}

/** The smoke operation: 1 x 3 + 2 x 4. */
const multiplies = (tf: Tensorflow): boolean => tf.tidy(() => tf.matMul([[1, 2]], [[3], [4]]).dataSync()[0]) === 11

const missing = (cause: unknown): never => {
  throw new Failure('PART_MISSING', {
    where: 'TF.js',
    seen: cause instanceof Error ? cause.message : String(cause),
    cure: 'install the optional dependencies: npm install --include=optional',
    cause,
  })
}
