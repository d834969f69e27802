import { createHash } from 'node:crypto'
import type { Listing, Order, SlotRecord, Target } from './contract.js'
import { isDenied } from './deny.js'

/** What an agent knows of itself and of the slot when it is asked whether a bundle may be installed. */
export interface InstallState extends Pick<SlotRecord, 'denied' | 'override'> {
  readonly agent: string
  readonly groups: readonly string[]
  /** Version of this program. */
  readonly agentVersion: string
  readonly listing: Listing
  /** What `desired` says; null: a bundle that is not asked for by an order. */
  readonly order: Order | null
  /** SHA-256 of the content of `desired`, under which an override holds. */
  readonly under: string
}

/** Why not. The first that applies, in this order. */
export const refusalWhys = ['expired', 'overridden', 'unlisted', 'denied', 'agent-too-old', 'groups', 'rollout'] as const
export type Refusal = {
  readonly why: (typeof refusalWhys)[number]
  readonly text: string
}

/**
 * Whether a bundle may be installed now; null: it may. Pure. Whoever is named by an order with version or SHA-256 is not asked for groups and
 * rollout: somebody decided. Everything else holds for every order.
 */
export const mayInstall = (target: Target, state: InstallState, nowMs: number): Refusal | null => {
  const { listing, override, under, order } = state
  if (nowMs >= listing.expiresMs) return refuse('expired', `the signed list was valid until ${new Date(listing.expiresMs).toISOString()}`)
  if (override?.under === under) return refuse('overridden', `${override.kind} holds until "desired" says something else`)
  if (!listing.targets.some(({ path, sha256 }) => path === target.path && sha256 === target.sha256))
    return refuse('unlisted', `${target.path} is not listed any more`)
  if (isDenied(state, target.sha256)) return refuse('denied', `${target.path} failed here before, for a cause in the bundle`)
  if (target.minAgent !== undefined && compareVersions(state.agentVersion, target.minAgent) < 0)
    return refuse('agent-too-old', `it needs version ${target.minAgent} of the agent, this is ${state.agentVersion}`)
  if (order?.version !== undefined || order?.sha256 !== undefined) return null
  if (target.groups.length > 0 && !target.groups.some((group) => state.groups.includes(group)))
    return refuse('groups', `it is meant for ${target.groups.join(', ')}`)
  const place = placeOf(state.agent, target.rollout.salt)
  if (place >= target.rollout.percent)
    return refuse('rollout', `it is at ${target.rollout.percent} % of the agents, this one follows at ${Math.floor(place) + 1} %`)
  return null
}

/** The bundle that an order is about: of those that it names and that may be installed, the one with the highest `seq`; else why there is none. */
export const chooseTarget = (order: Order, state: Omit<InstallState, 'order'>, nowMs: number): Target | Refusal => {
  const named = state.listing.targets
    .filter(({ line, id, version, sha256 }) => {
      const fits = (order.version ?? version) === version && (order.sha256 ?? sha256) === sha256
      return `${line}/${id}` === order.model && fits
    })
    .toSorted((a, b) => b.seq - a.seq)
  let first: Refusal | null = null
  for (const target of named) {
    const refusal = mayInstall(target, { ...state, order }, nowMs)
    if (refusal === null) return target
    first ??= refusal
  }
  if (first !== null) return first
  const [line = ''] = order.model.split('/')
  const refused = state.listing.refused?.find((each) => each.line === line)
  return refuse(
    'unlisted',
    refused ? refused.failure.message : `${[order.model, order.version, order.sha256].filter(Boolean).join(' ')} is not listed`,
  )
}

/** Where an agent stands in the queue for a bundle: 0 to below 100, evenly spread, another one for each salt. */
export const placeOf = (agent: string, salt: string): number =>
  // 48 bits are exact as a number. The zero byte keeps agent "b" with salt "a" apart from agent "ab" without.
  (createHash('sha256').update(`${salt}\0${agent}`).digest().readUIntBE(0, 6) / 2 ** 48) * 100

/** By numbers, not by letters: 1.10.0 is later than 1.9.0. What stands behind a hyphen or plus is not looked at. */
export const compareVersions = (a: string, b: string): number => {
  const [left, right] = [numbers(a), numbers(b)]
  const at = left.findIndex((part, i) => part !== right[i])
  return at < 0 ? 0 : (left[at] ?? 0) - (right[at] ?? 0)
}

const numbers = (version: string): readonly number[] => [0, 1, 2].map((i) => Number.parseInt(version.split('.')[i] ?? '0', 10) || 0)

const refuse = (why: Refusal['why'], text: string): Refusal => ({ why, text })
