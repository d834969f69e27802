import { accessSync, constants, statSync } from 'node:fs'
import { Failure } from '../failures.js'
import type { Families } from '../instruments/families.js'
import type { Settings } from '../settings/schema.js'

/**
 * What the text of a configuration cannot show: families that are not installed, links that a family does not use, files that are not there.
 * @throws Failure CONFIG_INVALID naming file, key, what was seen and what is allowed, for the first.
 */
export const checkReach = async (file: string, settings: Settings, families: Pick<Families, 'families'>): Promise<void> => {
  const known = (await families.families()).map(({ description }) => description)
  for (const [i, { link, family, axis }] of settings.instruments.entries()) {
    const at = `${file} instruments[${i}]`
    if (family !== null) {
      const description = known.find(({ id }) => id === family)
      if (!description)
        throw new Failure('CONFIG_INVALID', { where: `${at}.family`, seen: `"${family}"`, allowed: known.map(({ id }) => id).join(', ') })
      const kind = link.startsWith('usb:') ? 'usb' : 'stream'
      if (!description.links.includes(kind))
        throw new Failure('CONFIG_INVALID', { where: `${at}.link`, seen: `"${link}"`, allowed: `${linksOf(description.links)}, for ${family}` })
    }
    readable(`${at}.axis`, axis)
  }
  for (const [slot, { bundle }] of Object.entries(settings.models)) readable(`${file} models.${slot}.bundle`, bundle)
  readable(`${file} mqtt.passwordFile`, settings.mqtt.passwordFile)
  for (const [key, path] of Object.entries(settings.mqtt.tls)) readable(`${file} mqtt.tls.${key}`, path)
}

const linksOf = (kinds: readonly string[]): string =>
  kinds.map((kind) => (kind === 'usb' ? 'usb:SERIAL or usb:BUS-PATH' : 'serial:/dev/... or tcp://HOST:PORT')).join(' or ')

const readable = (where: string, path: string | null): void => {
  if (path === null) return
  try {
    accessSync(path, constants.R_OK)
    if (statSync(path).isFile()) return
  } catch (cause) {
    const seen = cause instanceof Error ? cause.message : String(cause)
    throw new Failure('CONFIG_INVALID', {
      where,
      seen,
      allowed: 'a file that can be read',
      cure: 'paths are relative to the configuration file',
      cause,
    })
  }
  throw new Failure('CONFIG_INVALID', { where, seen: `${path}, which is no file`, allowed: 'a file that can be read' })
}
