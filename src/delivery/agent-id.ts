import { createHmac } from 'node:crypto'

/** Characters of the host name in an id; with a hyphen and four digits it stays below the 64 of a topic id. */
const MAX_SLUG = 48

/**
 * The id of a box that was given none: its host name and four hex digits, for boxes made from one image share the name. The digits
 * are HMAC-SHA256 keyed with the machine id, which itself must not be shown in a network (machine-id(5), "application-specific").
 * @param machineId the content of /etc/machine-id, or a random id that the caller keeps in the state folder
 */
export const defaultAgentId = (hostName: string, machineId: string): string => {
  const slug = hostName
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, MAX_SLUG)
    .replace(/^-+|-+$/g, '')
  return `${slug === '' ? 'agent' : slug}-${createHmac('sha256', machineId).update('spectro2mqtt agent id').digest('hex').slice(0, 4)}`
}
