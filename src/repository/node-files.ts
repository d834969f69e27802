import { systemFiles } from '../durable-files.js'
import { Failure } from '../failures.js'
import type { Files } from './files.js'

/** The disk of this machine. @throws Failure FILE_FAILED from every function. */
export const nodeFiles: Files = systemFiles((where, cause) => {
  const seen = cause instanceof Error ? cause.message : String(cause)
  return new Failure('FILE_FAILED', { where, seen, cure: 'name a folder that can be read and written, on a disk with room', cause })
})
