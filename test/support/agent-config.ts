import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stringify } from 'yaml'

/** Ids of agent and instrument in system tests. */
export const AGENT = 'box-1'
export const INSTRUMENT = 'spectro-1'
export const BASE = `spectro2mqtt/${AGENT}`
export const RESULTS = `${BASE}/instrument/${INSTRUMENT}/result`

/** The bundle that ships, and the axis of the instrument that it is shown with. */
export const BUNDLE = shipped('tablet-dose.s2m')
export const AXIS = shipped('axis.csv')

export interface Configured {
  readonly brokerUrl: string
  readonly instruments?: readonly Readonly<Record<string, unknown>>[]
  readonly mqtt?: Readonly<Record<string, unknown>>
  readonly bundle?: string
  readonly updates?: Readonly<Record<string, unknown>>
}

/** Writes `config.yaml` into a folder, with the state folder beside it; returns its path. */
export const writeAgentConfig = (folder: string, { brokerUrl, instruments = [], mqtt = {}, bundle, updates }: Configured): string => {
  const file = join(folder, 'config.yaml')
  writeFileSync(
    file,
    stringify({
      agent: { id: AGENT },
      mqtt: { url: brokerUrl, ...mqtt },
      instruments,
      ...(bundle === undefined ? {} : { models: { default: { bundle } } }),
      ...(updates === undefined ? {} : { updates }),
      state: { directory: 'state' },
    }),
  )
  return file
}

/** One emulated Chromation as an entry of `instruments`. */
export const chromationAt = (link: string, more: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> => ({
  link,
  family: 'chromation',
  id: INSTRUMENT,
  axis: AXIS,
  ...more,
})

function shipped(name: string): string {
  return fileURLToPath(new URL(`../../models/tablet-dose/${name}`, import.meta.url))
}
