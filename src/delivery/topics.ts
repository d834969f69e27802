import { Failure } from '../failures.js'

/** Agents of a group share its orders: `<prefix>/_group/<group>/model/<slot>/desired` (DESIGN section 8). No agent id begins with an underscore. */
const GROUP = '_group'

/** What may stand between two slashes of our topics: permanent ids, safe in every broker's rules (DESIGN section 8). */
const ID = /^[a-z0-9-]{1,64}$/

/** Every topic of one agent. */
export interface Topics {
  /** `<base>/<agent>`. */
  readonly base: string
  readonly state: string
  readonly event: string
  /** Filters for everything that is asked of this agent, and ordered of it or of its groups. */
  readonly incoming: readonly string[]
  result(instrument: string): string
  last(instrument: string): string
  response(verb: string): string
  /** Any topic below the base, of ids alone: `health`, `instrument/<id>/state`. */
  below(path: string): string
  /** The verb of a request's topic, with at most one slash in it; null if the topic is none. */
  verbOf(topic: string): string | null
  /** Whose slot a `desired` topic is about; null if the topic is none. */
  desiredOf(topic: string): { readonly slot: string; readonly group: string | null } | null
}

/** @throws Failure INVARIANT for an id with other than lower-case letters, digits and hyphens */
export const createTopics = (prefix: string, agentId: string, groups: readonly string[] = []): Topics => {
  const base = `${prefix}/${checkedId(agentId)}`
  const requestPrefix = `${base}/request/`
  const groupBases = new Map(groups.map((group) => [`${prefix}/${GROUP}/${checkedId(group)}`, group]))
  const below = (path: string) => `${base}/${path.split('/').map(checkedId).join('/')}`
  return {
    base,
    state: `${base}/state`,
    event: `${base}/event`,
    incoming: [`${requestPrefix}+`, `${requestPrefix}model/+`, ...[base, ...groupBases.keys()].map((own) => `${own}/model/+/desired`)],
    result: (instrument) => below(`instrument/${instrument}/result`),
    last: (instrument) => below(`instrument/${instrument}/last`),
    response: (verb) => below(`response/${verb}`),
    below,
    verbOf(topic) {
      const verb = topic.startsWith(requestPrefix) ? topic.slice(requestPrefix.length) : ''
      const parts = verb.split('/')
      return parts.length <= 2 && parts.every((part) => ID.test(part)) ? verb : null
    },
    desiredOf(topic) {
      const [, own, slot] = /^(.+)\/model\/([a-z0-9-]{1,64})\/desired$/.exec(topic) ?? []
      if (own === undefined || slot === undefined) return null
      if (own === base) return { slot, group: null }
      const group = groupBases.get(own)
      return group === undefined ? null : { slot, group }
    },
  }
}

const checkedId = (id: string): string => {
  if (ID.test(id)) return id
  throw new Failure('INVARIANT', { where: 'a topic', seen: JSON.stringify(id), allowed: 'lower-case letters, digits and hyphens, 1 to 64' })
}
