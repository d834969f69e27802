import { join } from 'node:path'
import { Failure } from '../failures.js'

/** Below the repository folder, and below a published one. */
export const METADATA = 'metadata'
/** Bundles in the author's folder, under the names that metadata give them. */
export const BUNDLES = 'bundles'
/** Bundles in a published folder; file names begin with the hash, as clients of consistent snapshots ask for them (TUF section 6.2). */
export const TARGETS = 'targets'
export const KEYS = 'keys'
export const SETTINGS_FILE = 'repository.json'
export const TIMESTAMP_FILE = 'timestamp.json'

/** Roles that the root names. Signed in this order of importance; keys of the first two stay off the machine that serves. */
export const topRoles = ['root', 'targets', 'snapshot', 'timestamp'] as const
export type TopRole = (typeof topRoles)[number]
export const isTopRole = (name: string): name is TopRole => topRoles.some((role) => role === name)
/** Their keys are needed every few days, by a machine alone. */
export const isOnline = (role: string): boolean => role === 'snapshot' || role === 'timestamp'

/** Versions of one metadata file that are kept: a client in the middle of a refresh still asks for one of the last. Roots are kept for good. */
export const KEPT_VERSIONS = 8

const LINE = /^[a-z][a-z0-9-]{0,63}$/
const ID = /^[a-z0-9-]{1,64}$/
const SHA256 = /^[0-9a-f]{64}$/

/** A product line: the first part of a target's path, and the name of the role that may sign for it. @throws Failure USAGE */
export const lineName = (text: string): string => {
  // "constructor": what a JavaScript client finds in every object, and would take for metadata that it already has.
  if (LINE.test(text) && !isTopRole(text) && text !== 'constructor') return text
  throw new Failure('USAGE', {
    where: 'line',
    seen: `"${text}"`,
    allowed: 'a letter, then letters, digits and hyphens, all lower case, at most 64; not a word of TUF (root, targets, snapshot, timestamp)',
  })
}

/** What a line's role may sign for: `<line>/<id>/<sha256>.s2m`. */
export const linePattern = (line: string): string => `${line}/*/*`

export const targetPath = (line: string, id: string, sha256: string): string => `${line}/${id}/${sha256}.s2m`

/** The parts of a target's path; null for anything else, so that no path of metadata ever leads elsewhere on the disk. */
export const targetParts = (path: string): { readonly line: string; readonly id: string; readonly sha256: string } | null => {
  const [line = '', id = '', file = '', ...rest] = path.split('/')
  const sha256 = file.replace(/\.s2m$/, '')
  return rest.length === 0 && file.endsWith('.s2m') && LINE.test(line) && ID.test(id) && SHA256.test(sha256) ? { line, id, sha256 } : null
}

/** Where a target lies in a published folder. */
export const publishedPath = (path: string, sha256: string): string => {
  const cut = path.lastIndexOf('/') + 1
  return `${TARGETS}/${path.slice(0, cut)}${sha256}.${path.slice(cut)}`
}

export const metadataFile = (role: string, version: number): string => `${version}.${role}.json`

/** Role and version that the name of a metadata file says; null for other files. */
export const metadataName = (name: string): { readonly role: string; readonly version: number } | null => {
  const match = /^([1-9]\d{0,8})\.([a-z][a-z0-9-]{0,63})\.json$/.exec(name)
  return match ? { version: Number(match[1]), role: match[2] ?? '' } : null
}

export const inMetadata = (directory: string, name: string): string => join(directory, METADATA, name)
