import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Test } from 'tap'
import ts from 'typescript'
import * as failures from '../../src/failures.js'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..')

/** A line of a source file that is replaced: the whole line without leading spaces, which must be there exactly once. */
export interface Edit {
  /** As `src/updates/mirror.ts` or `node_modules/tuf-js/dist/store.js`. */
  readonly file: string
  readonly line: string
  readonly replacement: string
}

const FAILURES = 'spectro2mqtt failures of the test'

/** Libraries whose code the checks are part of: copied, so that a line of them can be replaced. */
const COPIED = ['tuf-js', '@tufjs/models']

/** `openTrust` of a copy of the project in which checks were taken out: what an attack does to a client without them. */
export const changedClient = async (t: Test, edits: readonly Edit[]): Promise<typeof import('../../src/updates/trust.js').openTrust> => {
  const copy = mkdtempSync(join(tmpdir(), 'spectro2mqtt-client-'))
  t.teardown(() => rmSync(copy, { recursive: true, force: true }))
  writeFileSync(join(copy, 'package.json'), '{"type":"module"}')
  copyLibraries(copy)
  const left = new Set(edits)
  for (const file of closure('src/updates/trust.ts')) {
    const text = edited(file, readFileSync(join(root, file), 'utf8'), edits, left)
    put(join(copy, file.replace(/\.ts$/, '.js')), compiled(file, text))
  }
  for (const file of new Set([...left].map((edit) => edit.file).filter((each) => each.startsWith('node_modules/'))))
    put(join(copy, file), edited(file, readFileSync(join(copy, file), 'utf8'), edits, left))
  for (const { file, line } of left) throw new Error(`${file}: no part of the client, or no such line: ${line}`)
  // One class of failures for both: the server of the test throws what the client tells apart.
  Object.assign(globalThis, { [FAILURES]: failures })
  put(join(copy, 'src/failures.js'), `export const { ${Object.keys(failures).join(', ')} } = globalThis[${JSON.stringify(FAILURES)}]`)
  const client: typeof import('../../src/updates/trust.js') = await import(pathToFileURL(join(copy, 'src/updates/trust.js')).href)
  return client.openTrust
}

const put = (path: string, text: string): void => {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}

const copyLibraries = (copy: string): void => {
  const modules = join(copy, 'node_modules')
  mkdirSync(join(modules, '@tufjs'), { recursive: true })
  for (const name of COPIED) cpSync(join(root, 'node_modules', name), join(modules, name), { recursive: true })
  const others = [...readdirSync(join(root, 'node_modules')), ...readdirSync(join(root, 'node_modules/@tufjs')).map((name) => `@tufjs/${name}`)]
  for (const name of others.filter((each) => each !== '@tufjs' && !COPIED.includes(each)))
    symlinkSync(join(root, 'node_modules', name), join(modules, name))
}

const edited = (file: string, text: string, edits: readonly Edit[], left: Set<Edit>): string =>
  edits
    .filter((edit) => edit.file === file)
    .reduce((so, edit) => {
      const lines = so.split('\n')
      const at = lines.flatMap((line, i) => (line.trim() === edit.line ? [i] : []))
      if (at.length !== 1) throw new Error(`${file}: ${at.length} lines are: ${edit.line}`)
      left.delete(edit)
      return lines.with(at[0] ?? 0, edit.replacement).join('\n')
    }, text)

const known = new Map<string, string>()
const compiled = (file: string, text: string): string => {
  const key = `${file}\0${text}`
  const { outputText } = known.has(key)
    ? { outputText: known.get(key) ?? '' }
    : ts.transpileModule(text, { compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 } })
  known.set(key, outputText)
  return outputText
}

/** The file and all of ours that it imports for more than types. */
const closure = (entry: string): readonly string[] => {
  const found = new Set<string>()
  const visit = (file: string): void => {
    if (found.has(file)) return
    found.add(file)
    for (const [, from = ''] of compiled(file, readFileSync(join(root, file), 'utf8')).matchAll(/(?:from|import)\s*\(?\s*['"](\.[^'"]+)['"]/g))
      visit(relative(root, resolve(root, dirname(file), from)).replace(/\.js$/, '.ts'))
  }
  visit(entry)
  return [...found]
}
