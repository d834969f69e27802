import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Failure } from '../failures.js'

/** The folder of this package, above `src` as well as above the built `dist/src`: what ships beside the code lies there. */
export const packageRoot = (): string => {
  const here = dirname(fileURLToPath(import.meta.url))
  for (let folder = here; dirname(folder) !== folder; folder = dirname(folder)) if (existsSync(join(folder, 'package.json'))) return folder
  throw new Failure('PART_MISSING', { where: here, seen: 'no package.json in this folder or above', cure: 'install spectro2mqtt anew' })
}
