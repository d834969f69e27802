import { parentPort, workerData } from 'node:worker_threads'
import { asFailure } from '../../failures.js'
import { type NetworkTask, trainNetwork } from '../network.js'
import type { FromWorker } from './network-threads.js'

/** Trains the one network that it was started with, tells of each epoch, and ends. */
const run = async (task: NetworkTask): Promise<void> => {
  const say = (message: FromWorker) => parentPort?.postMessage(message)
  try {
    say({ kind: 'done', network: await trainNetwork(task, (epoch, epochs) => say({ kind: 'epoch', epoch, epochs })) })
  } catch (error) {
    const { code, where, seen, allowed, cure } = asFailure(error, 'INVARIANT', 'training of a network')
    const told = { where, seen, allowed, cure }
    say({ kind: 'failed', code, told: Object.fromEntries(Object.entries(told).filter(([, value]) => value !== undefined)) })
  }
}

await run(workerData)
