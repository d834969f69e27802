import { realpath } from 'node:fs/promises'
import { concatMap, distinctUntilChanged, filter, type Observable, skip } from 'rxjs'
import type { Port } from '../links/contract.js'
import type { Families } from './families.js'
import { type Candidate, locate, type Place } from './locate.js'
import { type PortWatch, portKey } from './port-watch.js'

/** Looks for the ports that one configured link means. */
export interface Finder {
  /** @throws Failure NO_INSTRUMENT or CONFIG_INVALID, as `locate`. */
  find(): Promise<readonly Candidate[]>
  /** One tick whenever a port that is meant was plugged in since the first look; null where no list can tell (TCP). */
  readonly plugged$: Observable<string> | null
}

/** The edge of `locate`: lists ports only for links that hang at this machine, so that TCP loads no library of other links. */
export const createFinder = (place: Place, watch: PortWatch, families: Families): Finder => {
  const among = async (ports: readonly Port[]): Promise<readonly Candidate[]> => {
    const descriptions = (await families.families()).map(({ description }) => description)
    return locate(place, await realUrl(place.link), ports, descriptions)
  }
  const key = async (ports: readonly Port[]): Promise<string> => {
    const candidates = await among(ports).catch(() => [])
    return candidates.flatMap(({ port }) => (port === null ? [] : [portKey(port)])).join()
  }
  if (place.link.startsWith('tcp:')) return { find: () => among([]), plugged$: null }
  return {
    find: async () => among(await watch.list()),
    plugged$: watch.ports$.pipe(
      concatMap(key),
      distinctUntilChanged(),
      skip(1),
      filter((ports) => ports !== ''),
    ),
  }
}

/** `serial:/dev/serial/by-id/...` names the same port as the `serial:/dev/ttyUSB0` of the list. */
const realUrl = async (link: string): Promise<string> => {
  if (!link.startsWith('serial:')) return link
  const path = link.slice('serial:'.length)
  return `serial:${await realpath(path).catch(() => path)}`
}
