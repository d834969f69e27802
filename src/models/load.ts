import { readFile, stat } from 'node:fs/promises'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { asFailure, Failure, isFailure } from '../failures.js'
import type { Engine } from '../inference/engine.js'
import { openOnnxEngine } from '../inference/onnx-engine.js'
import { type Bundle, readingBundle } from './bundle.js'
import { MAX_BUNDLE_BYTES } from './bundle-size.js'
import { checkGoldenAnswers } from './golden.js'
import { type LoadedModel, openModel } from './open.js'

/**
 * Reads a bundle file or its bytes, opens the graph and lets it answer every golden spectrum.
 * @throws Failure BUNDLE_INVALID (damaged, or parts that do not fit), BUNDLE_SELFTEST (it answers otherwise than it should), PART_MISSING (no engine).
 */
export const loadBundle = async (
  source: string | Uint8Array,
  open: (graph: Uint8Array, where: string) => Promise<Engine> = openOnnxEngine,
): Promise<LoadedModel> => {
  const where = typeof source === 'string' ? source : 'bundle'
  const bundle = await readBundleInTurns(typeof source === 'string' ? await readBundleFile(source) : source, where)
  const model: LoadedModel = { ...(await openModel(bundle, open, where)), bundle }
  try {
    await checkGoldenAnswers(model, where)
    return model
  } catch (error) {
    await model.close()
    throw error
  }
}

/** What `readBundle` gives, while everybody else has a turn between two parts of it. @throws Failure as `readBundle` */
export const readBundleInTurns = async (bytes: Uint8Array, where = 'bundle'): Promise<Bundle> => {
  const parts = readingBundle(bytes, where)
  for (;;) {
    const part = parts.next()
    if (part.done === true) return part.value
    await nextTurn()
  }
}

/** The bytes of a bundle file, unchecked. @throws Failure BUNDLE_INVALID where there is no such file, or none that a bundle could be. */
export const readBundleFile = async (path: string): Promise<Uint8Array> => {
  try {
    const about = await stat(path)
    // A pipe would be waited for without end.
    if (!about.isFile()) throw new Failure('BUNDLE_INVALID', { where: path, seen: 'no regular file', allowed: 'a bundle file' })
    const { size } = about
    if (size > MAX_BUNDLE_BYTES)
      throw new Failure('BUNDLE_INVALID', { where: path, seen: `${size} bytes`, allowed: `at most ${MAX_BUNDLE_BYTES} bytes` })
    return await readFile(path)
  } catch (error) {
    if (isFailure(error)) throw error
    const cause = asFailure(error, 'BUNDLE_INVALID', path)
    throw new Failure('BUNDLE_INVALID', {
      where: path,
      seen: cause.seen ?? cause.message,
      allowed: 'a bundle file that can be read',
      cure: 'check path and permissions',
      cause: error,
    })
  }
}
