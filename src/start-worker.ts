import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'

/**
 * Starts the worker thread that lives beside a module. It has the file ending of the module that asks, so that the same line
 * works from the built package (`.js`) and from the sources under a loader (`.ts`), whose options the thread inherits.
 * @param module `import.meta.url` of the module that asks
 * @param name file name of the worker without its ending
 */
export const startWorker = (module: string, name: string, workerData: unknown): Worker =>
  new Worker(new URL(`./${name}${extname(new URL(module).pathname)}`, module), { workerData, name })
