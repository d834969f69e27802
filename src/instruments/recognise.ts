import type { Port } from '../links/contract.js'
import type { Description } from './contract.js'

/**
 * What a listed port is, untouched. `own`: the USB ids and the serial prefix are one family's own, it starts by itself.
 * `adapter`: an instrument may hang there, but nothing says which; `families` are those that use such an adapter.
 */
export type Recognised =
  | { readonly as: 'own'; readonly family: string }
  | { readonly as: 'adapter'; readonly families: readonly string[] }
  | { readonly as: 'stranger' }

/** Stage one of identity (DESIGN section 4): from the listing alone. */
export const recognise = (port: Port, descriptions: readonly Description[]): Recognised => {
  const speaking = descriptions.filter(({ links }) => links.includes(port.kind))
  const own = speaking.filter((description) => isOwn(port, description))
  const [only] = own
  if (only && own.length === 1) return { as: 'own', family: only.id }
  const families = speaking.filter(({ match }) => match.some((ids) => sameIds(port, ids))).map(({ id }) => id)
  // Any USB serial adapter may have an instrument behind it; a USB device that no family claims is a mouse or a printer.
  if (families.length > 0 || (port.kind === 'stream' && port.usbVendor !== undefined)) return { as: 'adapter', families }
  return { as: 'stranger' }
}

/** Whether the port is the family's own: then its USB serial number is the instrument's. */
export const isOwn = (port: Port, { match }: Description): boolean =>
  match.some((ids) => sameIds(port, ids) && (ids.serialPrefix === undefined || port.serialNumber?.startsWith(ids.serialPrefix) === true))

const sameIds = (port: Port, ids: Description['match'][number]): boolean => port.usbVendor === ids.usbVendor && port.usbProduct === ids.usbProduct
