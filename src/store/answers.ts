import type { AgentFile } from './agent-file.js'
import type { NewRecord, OutboxRecord } from './contract.js'
import { inTransaction, storeFailure } from './database.js'
import { AGENT_FILE, OUTBOX_FILE } from './folder.js'
import type { Outbox } from './outbox.js'
import { type Answer, type NumberedCall, plainFailure, type Values } from './protocol.js'

const answered = (id: number, value: Values[keyof Values]): Answer => ({ id, value, failure: null })

const refused = (id: number, error: unknown, where: string): Answer => ({ id, value: null, failure: plainFailure(storeFailure(error, where)) })

/** All records that were appended in this group, as one commit. */
export const appended = (
  calls: readonly NumberedCall[],
  commit: (groups: readonly (readonly NewRecord[])[]) => readonly (readonly number[])[],
): readonly Answer[] => {
  const appends = calls.flatMap(({ id, call }) => (call.op === 'append' ? [{ id, records: call.records }] : []))
  if (appends.length === 0) return []
  try {
    const keys = commit(appends.map(({ records }) => records))
    return appends.map(({ id }, i) => answered(id, keys[i] ?? []))
  } catch (error) {
    return appends.map(({ id }) => refused(id, error, OUTBOX_FILE))
  }
}

/** Everything that changes the agent file, as one commit. */
export const changed = (calls: readonly NumberedCall[], agent: AgentFile): readonly Answer[] => {
  const change = ({ id, call }: NumberedCall): readonly Answer[] => {
    switch (call.op) {
      case 'reserveSeq':
        return [answered(id, agent.reserveSeq(call.instrument, call.count))]
      case 'addReference':
        agent.addReference(call.reference)
        return [answered(id, null)]
      case 'remember':
        agent.remember(call.transaction, call.reply)
        return [answered(id, null)]
      case 'setFact':
        agent.setFact(call.name, call.value)
        return [answered(id, null)]
      default:
        return []
    }
  }
  const changing = calls.filter(({ call }) => ['reserveSeq', 'addReference', 'remember', 'setFact'].includes(call.op))
  if (changing.length === 0) return []
  try {
    return inTransaction(agent.database, () => changing.flatMap(change))
  } catch (error) {
    return changing.map(({ id }) => refused(id, error, AGENT_FILE))
  }
}

/** Reads come after the commits of their group: what they show is durable. */
export const found = (
  calls: readonly NumberedCall[],
  agent: AgentFile,
  read: (afterKey: number, limit: number) => readonly OutboxRecord[],
  outbox: Outbox,
): readonly Answer[] => {
  const look = ({ id, call }: NumberedCall): readonly Answer[] => {
    switch (call.op) {
      case 'read':
        return [answered(id, read(call.afterKey, call.limit))]
      case 'stats':
        return [
          answered(
            id,
            outbox.use((file) => file.stats()),
          ),
        ]
      case 'lastSeq':
        return [
          answered(
            id,
            outbox.use((file) => file.lastSeq(call.instrument)),
          ),
        ]
      case 'references':
        return [answered(id, agent.references(call.instrument))]
      case 'reply':
        return [answered(id, agent.reply(call.transaction))]
      case 'fact':
        return [answered(id, agent.fact(call.name))]
      default:
        return []
    }
  }
  return calls.flatMap((numbered) => {
    try {
      return look(numbered)
    } catch (error) {
      return [refused(numbered.id, error, numbered.call.op)]
    }
  })
}
