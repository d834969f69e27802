import { Failure, failures } from '../../failures.js'
import { readAxisFile } from '../../instruments/axis-file.js'
import type { Description } from '../../instruments/contract.js'
import type { Families } from '../../instruments/families.js'
import { locate } from '../../instruments/locate.js'
import type { Port } from '../../links/contract.js'
import type { InstrumentSettings, Settings } from '../../settings/schema.js'
import { type Access, examine, linuxNode, nodeAccess } from '../attached-ports.js'
import { type Check, type Finding, fail, ok, warn } from './check.js'

/** Milliseconds: a TCP connection may take three seconds, a list of ports starts `udevadm`. */
const PORTS_MS = 5000
const AXIS_MS = 3000

export interface Surroundings {
  readonly settings: Settings
  readonly families: Families
  readonly ports: () => Promise<readonly Port[]>
  /** Whether an agent runs: it has the instruments then. */
  readonly held: Promise<boolean>
}

/** One check for each configured instrument and its axis; else one of what would start by itself. Nothing is opened but TCP links that no agent has. */
export const instrumentChecks = ({ settings, families, ports, held }: Surroundings): readonly Check[] => {
  const known = async () => (await families.families()).map(({ description }) => description)
  return [
    { name: 'families', deadlineMs: PORTS_MS, run: async () => familiesFinding(await known(), await families.broken()) },
    ...settings.instruments.flatMap((instrument): readonly Check[] => [
      {
        name: `instrument ${instrument.link}`,
        deadlineMs: PORTS_MS,
        run: async () => {
          if (instrument.family !== null) await families.family(instrument.family)
          return placeFinding(instrument, await known(), ports, held)
        },
      },
      { name: `axis of ${instrument.link}`, deadlineMs: AXIS_MS, run: async () => axisFinding(instrument, await known()) },
    ]),
    ...(settings.instruments.length > 0
      ? []
      : [{ name: 'instruments', deadlineMs: PORTS_MS, run: async () => foundFinding(await ports(), await known()) }]),
  ]
}

export const familiesFinding = (known: readonly Description[], broken: readonly Failure[]): Finding => {
  const names = known.map(({ id }) => id).join(', ')
  const [first] = broken
  return first ? warn(`${names}; ${broken.length} cannot be used: ${first.message}`, 'install spectro2mqtt anew') : ok(names)
}

/** Whether the port of a configured instrument is there and may be opened. */
export const placeFinding = async (
  { link, family }: Pick<InstrumentSettings, 'link' | 'family'>,
  known: readonly Description[],
  ports: () => Promise<readonly Port[]>,
  held: Promise<boolean>,
): Promise<Finding> => {
  const kind = link.startsWith('usb:') ? 'usb' : 'stream'
  const described = known.find(({ id }) => id === family)
  if (described && !described.links.includes(kind))
    throw new Failure('CONFIG_INVALID', {
      where: link,
      seen: `family ${described.id}`,
      allowed: `${
        known
          .filter(({ links }) => links.includes(kind))
          .map(({ id }) => id)
          .join(', ') || 'none'
      } on such a link`,
    })
  if (link.startsWith('serial:')) return accessFinding(link, await nodeAccess(link.slice('serial:'.length), 'stream'))
  if (link.startsWith('tcp:')) {
    if (await held) return ok('not tried: the agent has it, or may have')
    const { openTcp } = await import('../../links/tcp.js')
    await (await openTcp(link)).close()
    return ok('takes connections')
  }
  const [candidate] = locate({ link, family }, link, await ports(), known)
  if (!candidate?.port) throw new Failure('NO_INSTRUMENT', { where: link })
  const node = await linuxNode(candidate.port)
  if (node === null) throw new Failure('PORT_GONE', { where: link })
  return accessFinding(candidate.url, await nodeAccess(node, candidate.port.kind))
}

const accessFinding = (where: string, { at, node, cure }: Access): Finding => {
  if (at === 'usable') return ok(`${node} is there and can be opened`)
  return fail(
    new Failure(at === 'denied' ? 'PORT_DENIED' : 'PORT_GONE', {
      where,
      seen: at === 'denied' ? `no access to ${node}` : `no ${node}`,
      ...(cure === null ? {} : { cure }),
    }),
  )
}

/** The axis file against the pixels that the family's models have. */
export const axisFinding = async (
  { axis: file, family }: Pick<InstrumentSettings, 'axis' | 'family'>,
  known: readonly Description[],
): Promise<Finding> => {
  const description = known.find(({ id }) => id === family)
  if (file === null) {
    if (description?.axisSource !== 'file') return ok('the instrument knows it')
    return warn('none: results will carry the flag uncalibrated, and no model will fit', 'name a file with the wavelength of each pixel: "axis"')
  }
  const { axis } = await readAxisFile(file)
  const { kind, values } = axis
  const seen = `${file}: ${values.length} values, ${kind} ${values[0]} to ${values.at(-1)}`
  const pixels = [...new Set(description?.models.map((row) => row.pixels))]
  if (description === undefined || pixels.includes(values.length)) return ok(seen)
  return warn(
    `${seen}, while models of ${description.id} have ${pixels.join(', ')} pixels`,
    'name the axis that belongs to the instrument and its binning',
  )
}

/** Without configured instruments: what starts by itself. */
export const foundFinding = async (listed: readonly Port[], known: readonly Description[]): Promise<Finding> => {
  const own = (await examine(listed, known, linuxNode)).filter(({ recognised }) => recognised.as === 'own')
  const denied = own.find(({ access }) => access !== null && access.at !== 'usable')
  if (denied?.access) return accessFinding(denied.port.url, denied.access)
  if (own.length > 0) return ok(own.map(({ port }) => port.url).join(', '))
  return warn(
    `none is configured, and ${failures.NO_INSTRUMENT.text} that starts by itself`,
    '"spectro2mqtt devices" shows what is attached, and what to do',
  )
}
