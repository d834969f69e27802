import { join } from 'node:path'
import { Failure } from '../failures.js'
import { type AgentFile, openAgentFile } from './agent-file.js'
import { appended, changed, found } from './answers.js'
import type { NewRecord, OutboxLimits } from './contract.js'
import { isCorrupt, storeFailure } from './database.js'
import { AGENT_FILE, lockFolder, prepareFolder } from './folder.js'
import { openOutbox } from './outbox.js'
import type { Answer, NumberedCall } from './protocol.js'

/** The state folder, locked and open. Synchronous: it lives in the worker. */
export interface Files {
  /** Path of the last corrupt outbox that was set aside since the start; null if there was none. */
  readonly setAside: string | null
  /** Acknowledged keys whose rows are still in the file. */
  readonly deletionsDue: number
  acknowledge(keys: readonly number[]): void
  /** Answers calls as one group: one transaction a file for everything that changes it, then the reads. */
  answer(calls: readonly NumberedCall[]): readonly Answer[]
  /** Deletes what was acknowledged. After a failure the keys wait for the next commit. */
  flush(): void
  close(): void
}

/** @throws Failure STATE_HELD, STATE_DENIED or STORE_FAILED */
export const openFiles = (directory: string, limits: OutboxLimits, nowMs: () => number): Files => {
  prepareFolder(directory)
  const release = lockFolder(directory)
  try {
    const agent = openAgent(join(directory, AGENT_FILE))
    const outbox = openOutbox(directory, limits, nowMs)
    const due = new Set<number>()
    const commit = (groups: readonly (readonly NewRecord[])[]) => {
      const keys = outbox.use((file) => file.commit(groups, due, nowMs()))
      due.clear()
      return keys
    }
    // The age limit counts from the start on, also when nothing is appended.
    commit([])
    return {
      get setAside() {
        return outbox.setAside
      },
      get deletionsDue() {
        return due.size
      },
      acknowledge(keys) {
        for (const key of keys) due.add(key)
      },
      answer: (calls) => [
        ...appended(calls, commit),
        ...changed(calls, agent),
        ...found(calls, agent, (afterKey, limit) => outbox.use((file) => file.read(afterKey, limit, due)), outbox),
      ],
      flush() {
        commit([])
      },
      close() {
        outbox.close()
        agent.close()
        release()
      },
    }
  } catch (error) {
    release()
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
