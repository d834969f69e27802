import { Failure } from '../failures.js'

/** What may stand between two slashes of our topics: permanent ids, safe in every broker's rules (DESIGN section 8). */
const ID = /^[a-z0-9-]{1,64}$/

/** Every topic of one agent. */
export interface Topics {
  /** `<base>/<agent>`. */
  readonly base: string
  readonly state: string
  readonly event: string
  /** Filter for everything that is asked of this agent. */
  readonly requests: string
  result(instrument: string): string
  last(instrument: string): string
  response(verb: string): string
  /** Any topic below the base, of ids alone: `health`, `instrument/<id>/state`. */
  below(path: string): string
  /** The verb of a request's topic; null if the topic is none. */
  verbOf(topic: string): string | null
}

/** @throws Failure INVARIANT for an id with other than lower-case letters, digits and hyphens */
export const createTopics = (prefix: string, agentId: string): Topics => {
  const base = `${prefix}/${checkedId(agentId)}`
  const requestPrefix = `${base}/request/`
  const below = (path: string) => `${base}/${path.split('/').map(checkedId).join('/')}`
  return {
    base,
    state: `${base}/state`,
    event: `${base}/event`,
    requests: `${requestPrefix}+`,
    result: (instrument) => below(`instrument/${instrument}/result`),
    last: (instrument) => below(`instrument/${instrument}/last`),
    response: (verb) => below(`response/${verb}`),
    below,
    verbOf(topic) {
      const verb = topic.startsWith(requestPrefix) ? topic.slice(requestPrefix.length) : ''
      return ID.test(verb) ? verb : null
    },
  }
}

const checkedId = (id: string): string => {
  if (ID.test(id)) return id
  throw new Failure('INVARIANT', { where: 'a topic', seen: JSON.stringify(id), allowed: 'lower-case letters, digits and hyphens, 1 to 64' })
}
