import { join } from 'node:path'
import { asFailure, Failure, isFailure } from '../failures.js'
import { type AgentFile, openAgentFile } from './agent-file.js'
import { appended, changed, found } from './answers.js'
import type { NewRecord, OutboxLimits } from './contract.js'
import { isCorrupt, storeFailure } from './database.js'
import { AGENT_FILE, lockFolder, prepareFolder } from './folder.js'
import { type Outbox, openOutbox } from './outbox.js'
import type { Answer, NumberedCall } from './protocol.js'
import { fullDisk, reserveIn } from './reserve.js'

/** The state folder, locked and open. Synchronous: it lives in the worker. */
export interface Files {
  /** Path of the last corrupt outbox that was set aside since the start; null if there was none. */
  readonly setAside: string | null
  /** The room in reserve was given back, because the disk was full. */
  readonly reserveSpent: boolean
  /** Acknowledged keys whose rows are still in the file. */
  readonly deletionsDue: number
  acknowledge(keys: readonly number[]): void
  /** Answers calls as one group: one transaction a file for everything that changes it, then the reads. */
  answer(calls: readonly NumberedCall[]): readonly Answer[]
  /** Deletes what was acknowledged. After a failure the keys wait for the next commit. */
  flush(): void
  /** Makes the reserve of room where there is none; it takes as long as the medium needs. Rejects where the disk refuses. */
  keepReserve(): Promise<void>
  close(): void
}

/** On a full disk by the room that is held in reserve. @throws Failure STATE_HELD, STATE_DENIED or STORE_FAILED */
export const openFiles = (directory: string, limits: OutboxLimits, nowMs: () => number): Files => {
  prepareFolder(directory)
  const reserve = reserveIn(directory)
  const release = lockFolder(directory)
  const open = () => openBoth(directory, limits, nowMs)
  let reserveSpent = false
  try {
    const { agent, outbox } = openInRoom(open, () => {
      reserveSpent = reserve.spend()
      return reserveSpent
    })
    const due = new Set<number>()
    const commit = (groups: readonly (readonly NewRecord[])[]) => {
      const keys = outbox.use((file) => file.commit(groups, due, nowMs()))
      due.clear()
      return keys
    }
    const answersTo = (calls: readonly NumberedCall[]): readonly Answer[] => [
      ...appended(calls, commit),
      ...changed(calls, agent),
      ...found(calls, agent, (afterKey, limit) => outbox.use((file) => file.read(afterKey, limit, due)), outbox),
    ]
    return {
      get setAside() {
        return outbox.setAside
      },
      get reserveSpent() {
        return reserveSpent
      },
      get deletionsDue() {
        return due.size
      },
      acknowledge(keys) {
        for (const key of keys) due.add(key)
      },
      answer(calls) {
        const answers = answersTo(calls)
        const refused = new Set(answers.flatMap(({ id, failure }) => (failure === null ? [] : [id])))
        if (refused.size === 0 || !reserve.spend()) return answers
        reserveSpent = true
        return [...answers.filter(({ id }) => !refused.has(id)), ...answersTo(calls.filter(({ id }) => refused.has(id)))]
      },
      flush() {
        commit([])
      },
      keepReserve: () => reserve.keep(),
      close() {
        reserve.stop()
        outbox.close()
        agent.close()
        release()
      },
    }
  } catch (error) {
    release()
    throw fullDisk(asFailure(error, 'STORE_FAILED', directory), directory)
  }
}

/** Once more where room could be made. */
const openInRoom = <T>(open: () => T, makeRoom: () => boolean): T => {
  try {
    return open()
  } catch (error) {
    if (isFailure(error, 'STORE_FAILED') && makeRoom()) return open()
    throw error
  }
}

const openBoth = (directory: string, limits: OutboxLimits, nowMs: () => number): { agent: AgentFile; outbox: Outbox } => {
  const agent = openAgent(join(directory, AGENT_FILE))
  let outbox: Outbox | null = null
  try {
    outbox = openOutbox(directory, limits, nowMs)
    // The age limit counts from the start on, also when nothing is appended.
    outbox.use((file) => file.commit([], [], nowMs()))
    return { agent, outbox }
  } catch (error) {
    outbox?.close()
    agent.close()
    throw error
  }
}

const openAgent = (file: string): AgentFile => {
  try {
    return openAgentFile(file)
  } catch (error) {
    if (!isCorrupt(error)) throw storeFailure(error, file)
    // A new file would give sequence numbers a second time, so nobody but a person may decide this.
    throw new Failure('STORE_FAILED', {
      where: file,
      seen: `damaged: ${error instanceof Error ? error.message : String(error)}`,
      cure: 'restore a backup with "spectro2mqtt restore"; or move the file away: references must then be measured again and seq starts at 1',
      cause: error,
    })
  }
}
