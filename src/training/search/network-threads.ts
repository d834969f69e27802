import { asFailure, Failure, type FailureCode } from '../../failures.js'
import { startWorker } from '../../start-worker.js'
import type { Network, NetworkTask } from '../network.js'

/** What a training thread says. */
export type FromWorker =
  | { readonly kind: 'epoch'; readonly epoch: number; readonly epochs: number }
  | { readonly kind: 'done'; readonly network: Network }
  | { readonly kind: 'failed'; readonly code: FailureCode; readonly told: { where?: string; seen?: string; allowed?: string; cure?: string } }

/** Networks that are trained at the same time: each keeps one core busy and holds TF.js and its spectra in memory. */
export const NETWORKS_AT_ONCE = 2

/**
 * Trains networks in threads of their own, two at a time, and gives them in the order of their tasks; what each becomes does not depend on the others.
 * @param tell how much of all is done, 0 to 1
 * @throws Failure as trainNetwork does; ABORTED when `signal` fires, and no thread is left then.
 */
export const trainNetworks = async (tasks: readonly NetworkTask[], tell: (part: number) => void, signal: AbortSignal): Promise<Network[]> => {
  const done = tasks.map(() => 0)
  const networks: Network[] = []
  let next = 0
  // One that fails ends the others too.
  const end = new AbortController()
  const both = AbortSignal.any([signal, end.signal])
  const lane = async (): Promise<void> => {
    for (let at = next++; at < tasks.length; at = next++) {
      const task = tasks[at]
      if (!task) return
      networks[at] = await inThread(
        task,
        (part) => {
          done[at] = part
          tell(done.reduce((sum, own) => sum + own / tasks.length, 0))
        },
        both,
      )
    }
  }
  try {
    await Promise.all(Array.from({ length: Math.min(NETWORKS_AT_ONCE, tasks.length) }, lane))
    return networks
  } catch (error) {
    end.abort()
    throw error
  }
}

const inThread = (task: NetworkTask, tell: (part: number) => void, signal: AbortSignal): Promise<Network> =>
  new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(new Failure('ABORTED', { where: 'training of networks' }))
      return
    }
    const worker = startWorker(import.meta.url, 'network-worker', task)
    const stop = () => settle(() => reject(new Failure('ABORTED', { where: 'training of networks' })))
    /** Once: whatever ends the thread first decides. */
    const settle = (say: () => void) => {
      signal.removeEventListener('abort', stop)
      worker.removeAllListeners()
      // A thread that is ended while it computes may still report; nobody listens, but an error must not be unheard.
      worker.on('error', () => undefined)
      worker.terminate().then(say, say)
    }
    signal.addEventListener('abort', stop)
    worker.on('message', (message: FromWorker) => {
      if (message.kind === 'epoch') tell(message.epoch / message.epochs)
      else if (message.kind === 'done') settle(() => resolve(message.network))
      else settle(() => reject(new Failure(message.code, message.told)))
    })
    worker.on('error', (error) => settle(() => reject(asFailure(error, 'INVARIANT', 'training of a network'))))
    worker.on('exit', (code) =>
      settle(() => reject(new Failure('INVARIANT', { where: 'training of a network', seen: `its thread ended with ${code}` }))),
    )
  })
