import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { loadRuntime } from '../inference/onnx-engine.js'
import { loadBundle, readBundleFile } from '../models/load.js'
import { type Examined, examine } from './examine.js'
import { reason, reasonOf } from './reason.js'
import type { READY } from './selftest.js'

/** The child half of `selfTest`: a crash, a loop or an appetite of the bundle ends this process and no other. Answers with what was found. */
const answer = async (path: string, sha256: string): Promise<Examined> => {
  offerToKernel()
  const bytes = await readBundleFile(path)
  const seen = createHash('sha256').update(bytes).digest('hex')
  if (seen !== sha256) return { reason: reason('SIDE_DAMAGED', `${path} holds ${seen}, not ${sha256}`) }
  const model = await loadBundle(bytes)
  const examined = await examine(model, processorMs)
  await model.close()
  return examined
}

const processorMs = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** Where memory runs out, the kernel shall end this process and not the agent. */
const offerToKernel = (): void => {
  try {
    writeFileSync('/proc/self/oom_score_adj', '1000')
  } catch {
    // A kernel without it chooses by size.
  }
}

const isJob = (message: unknown): message is { readonly path: string; readonly sha256: string } =>
  typeof message === 'object' &&
  message !== null &&
  'path' in message &&
  typeof message.path === 'string' &&
  'sha256' in message &&
  typeof message.sha256 === 'string'

process.once('message', (message) => {
  if (!isJob(message)) process.exit(1)
  answer(message.path, message.sha256)
    .catch((error: unknown): Examined => ({ reason: ofAllocation(error) ?? reasonOf(error) }))
    .then((found) => process.send?.(found, () => process.disconnect()))
})

// The engine is loaded first, so that its memory is not taken for that of the bundle.
await loadRuntime()
process.send?.('ready' satisfies typeof READY)
// Nobody is left to answer to.
process.once('disconnect', () => process.exit())

/** The engine reports an allocation that was refused as any other error of the graph. */
const ofAllocation = (error: unknown) =>
  error instanceof Error && /bad_alloc|allocate memory|out of memory/i.test(error.message) ? reason('TOO_MUCH_MEMORY', error.message) : null
