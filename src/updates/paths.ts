import { Failure } from '../failures.js'

/**
 * The only form in which a path of signed metadata is ever put to use: `<line>/<id>/<sha256>.s2m`. It holds no part that a file system could take
 * for another folder, and every name is shorter than the 255 bytes that file systems hold.
 */
export interface TargetPath {
  readonly line: string
  readonly id: string
  readonly sha256: string
}

const LINE = /^[a-z][a-z0-9-]{0,63}$/
const PATH = /^([a-z][a-z0-9-]{0,63})\/([a-z0-9-]{1,64})\/([0-9a-f]{64})\.s2m$/
/** Names that mean something else: roles of the root, and what every JavaScript object has, which tuf-js would take for loaded metadata. */
const TAKEN: readonly string[] = ['root', 'targets', 'snapshot', 'timestamp', 'constructor']

/** @throws Failure TRUST_PATH for every other form: parent folders, absolute paths, backslashes, control characters, long names. */
export const targetPath = (path: string, where: string): TargetPath => {
  const [, line, id, sha256] = PATH.exec(path) ?? []
  if (line !== undefined && id !== undefined && sha256 !== undefined && !TAKEN.includes(line)) return { line, id, sha256 }
  throw new Failure('TRUST_PATH', {
    where,
    seen: JSON.stringify(path.slice(0, 200)),
    allowed: '<line>/<id>/<sha256>.s2m in small letters, digits and hyphens',
    cure: 'tell whoever publishes the models: the list was not made by "repo add"',
  })
}

/** @throws Failure TRUST_PATH for a name that no product line may have */
export const lineName = (name: string, where: string): string => {
  if (LINE.test(name) && !TAKEN.includes(name)) return name
  throw new Failure('TRUST_PATH', {
    where,
    seen: `a delegation to ${JSON.stringify(name.slice(0, 100))}`,
    allowed: 'a letter, then small letters, digits and hyphens, at most 64',
    cure: 'tell whoever publishes the models: the delegation was not made by "repo delegate"',
  })
}

/** What the role of a line may sign for, as `repo delegate` writes it. */
export const linePattern = (line: string): string => `${line}/*/*`

/** Where a target lies below the root of a repository: with its hash before the name, as consistent snapshots want it (TUF section 6.2). */
export const publishedPath = ({ line, id, sha256 }: TargetPath): string => `targets/${line}/${id}/${sha256}.${sha256}.s2m`
