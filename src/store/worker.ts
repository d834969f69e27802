import { parentPort, workerData } from 'node:worker_threads'
import { asFailure, Failure } from '../failures.js'
import { type Files, openFiles } from './files.js'
import { type FromWorker, type NumberedCall, plainFailure, type ToWorker, type WorkerStart } from './protocol.js'

/** Milliseconds that a deletion waits for a commit to ride with. */
const DELETE_AFTER_MS = 1000
/** Milliseconds after a commit within which another call means load, and for which its commit then waits to become a group. */
const LOAD_MS = 1
/** Milliseconds after the start in which the medium has better things to do than to hold room. */
const RESERVE_AFTER_MS = 5000
/** Deletions that wait; one more and they are committed at once. */
const MAX_DELETIONS_DUE = 4096

/**
 * The thread of the store: it may wait for a slow medium, the rest of the agent does not. It commits as soon as there is
 * something to commit; right after a commit it waits a moment for what arrived meanwhile, and all of that makes up the next one: fewer,
 * larger groups leave the processor to the rest of the board.
 */
const serve = (): void => {
  const port = parentPort
  if (port === null) throw new Failure('INVARIANT', { where: 'the worker of the store', seen: 'the main thread' })
  const post = (message: FromWorker) => port.postMessage(message)
  const start: WorkerStart = workerData
  let timer: NodeJS.Timeout | null = null

  const deleteSoon = (files: Files): void => {
    if (files.deletionsDue === 0 || timer !== null) return
    timer = setTimeout(() => {
      timer = null
      flush(files)
      deleteSoon(files)
    }, DELETE_AFTER_MS)
  }
  const flush = (files: Files): void => {
    try {
      if (files.deletionsDue > 0) files.flush()
    } catch {
      // Nothing is lost: the keys wait for the next commit, and a record whose deletion never comes is only sent once more.
    }
  }
  const close = (files: Files): void => {
    if (timer !== null) clearTimeout(timer)
    flush(files)
    files.close()
    port.close()
  }

  let files: Files
  try {
    files = openFiles(start.directory, start.limits, Date.now)
  } catch (error) {
    post({ opened: { failure: plainFailure(asFailure(error, 'STORE_FAILED', start.directory)) }, answers: [], setAside: null, reserveSpent: false })
    port.close()
    return
  }
  post({ opened: { failure: null }, answers: [], setAside: files.setAside, reserveSpent: files.reserveSpent })
  // A disk that refuses it has no room to spare: without it the agent works as well.
  setTimeout(() => void files.keepReserve().catch(() => {}), RESERVE_AFTER_MS).unref()
  let committedMs = Number.NEGATIVE_INFINITY
  let waiting: ToWorker[] = []
  let grouping: NodeJS.Timeout | null = null
  const work = (): void => {
    grouping = null
    const messages = waiting
    waiting = []
    for (const { acknowledged } of messages) files.acknowledge(acknowledged)
    const calls: readonly NumberedCall[] = messages.flatMap((message) => message.calls)
    if (calls.length > 0) {
      post({ opened: null, answers: files.answer(calls), setAside: files.setAside, reserveSpent: files.reserveSpent })
      committedMs = performance.now()
    }
    if (files.deletionsDue > MAX_DELETIONS_DUE) flush(files)
    if (messages.some((message) => message.close)) close(files)
    else deleteSoon(files)
  }
  port.on('message', (message: ToWorker) => {
    waiting.push(message)
    // Acknowledgements alone can wait for whatever comes next.
    const loaded = grouping !== null || (message.calls.length > 0 && performance.now() - committedMs < LOAD_MS)
    if (loaded && !message.close) grouping ??= setTimeout(work, LOAD_MS)
    else {
      if (grouping !== null) clearTimeout(grouping)
      work()
    }
  })
}

serve()
