import { Failure } from '../failures.js'
import type { Port } from '../links/contract.js'
import type { Description } from './contract.js'
import { isOwn, recognise } from './recognise.js'

/** One port on which the configured instrument may be. */
export interface Candidate {
  readonly url: string
  readonly family: string
  /** As listed; null for what no list holds (TCP, a pseudo terminal). */
  readonly port: Port | null
  /** The serial number that must answer there; null: any. */
  readonly serial: string | null
}

/** What of an instrument's configuration says where it is. */
export interface Place {
  /** `tcp://HOST:PORT`, `serial:/dev/...`, `usb:SERIAL` or `usb:BUS-PATH`. */
  readonly link: string
  readonly family: string | null
}

/**
 * The ports that a configured link may mean, likeliest first. `real` is the link with symbolic links resolved (`serial:` only).
 * @throws Failure NO_INSTRUMENT when there is none now, CONFIG_INVALID when the configuration leaves the family open.
 */
export const locate = ({ link, family }: Place, real: string, ports: readonly Port[], descriptions: readonly Description[]): readonly Candidate[] => {
  if (!link.startsWith('usb:')) {
    if (family === null) throw familyNeeded(link, descriptions)
    return [{ url: link, family, port: ports.find(({ url }) => url === link || url === real) ?? null, serial: null }]
  }
  const serial = link.slice('usb:'.length)
  const places = ports.filter(({ url }) => url === link)
  const named = ports.filter(({ serialNumber }) => serialNumber === serial)
  // A number that the listing does not show can only be read from the instrument: each that may be it is asked in turn.
  const silent = ports.filter((port) => port.serialNumber === undefined && descriptions.some((description) => isOwn(port, description)))
  const meant = places.length > 0 ? places : named.length > 0 ? named : silent
  const candidates = meant.flatMap((port): Candidate[] => {
    const own = family ?? ownFamily(port, descriptions)
    const speaks = descriptions.find(({ id }) => id === own)?.links.includes(port.kind)
    return own !== null && speaks ? [{ url: port.url, family: own, port, serial: places.length > 0 ? null : serial }] : []
  })
  if (candidates.length > 0) return candidates
  if (meant.length > 0 && family === null) throw familyNeeded(link, descriptions)
  throw new Failure('NO_INSTRUMENT', {
    where: link,
    seen: meant.length > 0 ? `a port that ${family} does not speak over` : 'no such port',
    cure: 'plug it in and switch it on; "spectro2mqtt devices" lists what is there',
  })
}

const ownFamily = (port: Port, descriptions: readonly Description[]): string | null => {
  const known = recognise(port, descriptions)
  return known.as === 'own' ? known.family : null
}

const familyNeeded = (link: string, descriptions: readonly Description[]): Failure =>
  new Failure('CONFIG_INVALID', {
    where: link,
    seen: 'no family, and the port does not tell which instrument hangs there',
    allowed: `family: ${descriptions.map(({ id }) => id).join(', ')}`,
  })
