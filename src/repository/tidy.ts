import { join } from 'node:path'
import { UNFINISHED } from '../durable-files.js'
import type { Files } from './files.js'
import { BUNDLES, inMetadata, KEPT_VERSIONS, METADATA, metadataName, TIMESTAMP_FILE, targetParts } from './layout.js'
import type { Workplace } from './open.js'
import type { Signed } from './signing.js'

/** Removes old versions of metadata, and bundles that no metadata list. Files that were not named by this program are left alone. */
export const tidy = async (
  { files, directory }: Pick<Workplace, 'files' | 'directory'>,
  { targets, lines }: Pick<Signed, 'targets' | 'lines'>,
): Promise<void> => {
  await tidyMetadata(files, directory)
  const listed = new Set([targets, ...lines.values()].flatMap(({ metadata }) => Object.keys(metadata.signed.targets)))
  const folder = join(directory, BUNDLES)
  for (const path of await treeOf(files, folder))
    if (!listed.has(path) && targetParts(finished(path)) !== null) await files.remove(join(folder, path))
}

/** Removes old versions, and what a power cut left unfinished. */
export const tidyMetadata = async (files: Files, directory: string): Promise<void> => {
  const names = await files.list(join(directory, METADATA))
  const unfinished = names.filter((name) => name !== finished(name) && (metadataName(finished(name)) !== null || finished(name) === TIMESTAMP_FILE))
  for (const name of [...outdated(names), ...unfinished]) await files.remove(inMetadata(directory, name))
}

/** The name that a file would have got. */
export const finished = (name: string): string => (name.endsWith(UNFINISHED) ? name.slice(0, -UNFINISHED.length) : name)

/** Metadata files older than the `KEPT_VERSIONS` newest of their role; never a root, by whose chain an old agent learns the keys of now. */
export const outdated = (names: readonly string[]): readonly string[] => {
  const known = names.flatMap((name) => {
    const parts = metadataName(name)
    return parts && parts.role !== 'root' ? [{ name, ...parts }] : []
  })
  return known
    .filter(({ role, version }) => known.filter((other) => other.role === role && other.version > version).length >= KEPT_VERSIONS)
    .map(({ name }) => name)
}

/** Paths three deep below a folder, as bundles lie: `<line>/<id>/<file>`. */
export const treeOf = async (files: Files, folder: string): Promise<readonly string[]> => {
  const paths: string[] = []
  for (const line of await files.list(folder))
    for (const id of await files.list(join(folder, line)))
      for (const file of await files.list(join(folder, line, id))) paths.push(`${line}/${id}/${file}`)
  return paths
}
