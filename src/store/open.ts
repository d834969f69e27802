import { asFailure, Failure } from '../failures.js'
import { startWorker } from '../start-worker.js'
import { createClient } from './client.js'
import type { OutboxLimits, Store } from './contract.js'
import { type FromWorker, revived, type WorkerStart } from './protocol.js'

export interface OpenStore extends Store {
  /** Path of a corrupt outbox.db that was set aside since the start; null if there was none. Its records were not delivered. */
  readonly setAside: string | null
  /** Resolves when the disk was full, at the start or later, and the room in reserve was used: what holds on. Pending otherwise. */
  readonly reserveSpent: Promise<Failure>
  /** Resolves with the reason when the thread ends although nobody closed the store: nothing can be kept any more. Pending otherwise. */
  readonly lost: Promise<Failure>
}

/**
 * Opens the state folder, made if need be, for this process alone. `append` also rejects with Failure DATA_INVALID for a
 * record over MAX_RECORD_BYTES: that one cannot be retried.
 * @throws Failure STATE_HELD (another agent), STATE_DENIED (permission) or STORE_FAILED
 */
export const openStore = async (directory: string, limits: OutboxLimits): Promise<OpenStore> => {
  const start: WorkerStart = { directory, limits }
  const worker = startWorker(import.meta.url, 'worker', start)
  const client = createClient(directory, (message) => worker.postMessage(message))
  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()))
  let setAside: string | null = null
  let closing = false
  let lose: (failure: Failure) => void = () => {}
  const lost = new Promise<Failure>((resolve) => {
    lose = resolve
  })
  let spend: (failure: Failure) => void = () => {}
  const reserveSpent = new Promise<Failure>((resolve) => {
    spend = resolve
  })
  const opened = new Promise<void>((resolve, reject) => {
    worker.on('message', (message: FromWorker) => {
      setAside = message.setAside
      if (message.reserveSpent) spend(outOfRoom(directory))
      client.answered(message.answers)
      if (message.opened?.failure) reject(revived(message.opened.failure))
      else if (message.opened) resolve()
    })
    const broken = (error: unknown) => {
      const failure = asFailure(error, 'STORE_FAILED', directory)
      reject(failure)
      client.end(failure)
      if (!closing) lose(failure)
    }
    worker.on('error', broken)
    worker.on('exit', () => broken(new Failure('STORE_FAILED', { where: directory, seen: 'its thread ended', cure: 'start the agent again' })))
  })
  try {
    await opened
  } catch (error) {
    await exited
    throw error
  }
  return {
    ...client.calls,
    get setAside() {
      return setAside
    },
    reserveSpent,
    lost,
    async close() {
      closing = true
      client.close()
      await exited
    },
  }
}

const outOfRoom = (directory: string): Failure =>
  new Failure('STORE_FAILED', {
    where: directory,
    seen: 'the disk is full; the agent goes on in the room that it had in reserve',
    cure: 'make room on this disk soon',
  })
