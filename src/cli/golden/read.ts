import { readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { Failure, isFailure } from '../../failures.js'
import { type GoldenFile, goldenFileSchema } from './schema.js'

/** Largest golden file, in bytes. */
export const MAX_FILE_BYTES = 64 * 1024 * 1024

/** A golden file by the name it is reported under. */
export interface NamedGoldenFile extends GoldenFile {
  readonly file: string
}

/**
 * The golden files at a path: the file itself, or every .json of the folder, by name.
 * @throws Failure DATA_INVALID for what cannot be read or is not a golden file, or a folder without any.
 */
export const readGolden = (path: string): readonly NamedGoldenFile[] => {
  try {
    if (!statSync(path).isDirectory()) return [readOne(path)]
    const names = readdirSync(path).filter((name) => name.endsWith('.json'))
    if (names.length === 0) throw new Failure('DATA_INVALID', { where: path, seen: 'a folder without .json files', allowed: 'golden files' })
    return names.sort().map((name) => readOne(join(path, name)))
  } catch (error) {
    if (isFailure(error)) throw error
    throw new Failure('DATA_INVALID', { where: path, seen: error instanceof Error ? error.message : String(error), cause: error })
  }
}

const readOne = (path: string): NamedGoldenFile => {
  const { size } = statSync(path)
  if (size > MAX_FILE_BYTES) throw new Failure('DATA_INVALID', { where: path, seen: `${size} bytes`, allowed: `at most ${MAX_FILE_BYTES}` })
  const content: unknown = JSON.parse(readFileSync(path, 'utf8'))
  const parsed = goldenFileSchema.safeParse(content)
  if (parsed.success) return { ...parsed.data, file: basename(path) }
  const issue = parsed.error.issues[0]
  throw new Failure('DATA_INVALID', {
    where: path,
    seen: issue ? `${issue.path.map(String).join('.') || 'the file'}: ${issue.message}` : 'something else',
    allowed: 'a golden file {algo, formula, nan, cases}',
  })
}
