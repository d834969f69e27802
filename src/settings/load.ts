import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { isNode, LineCounter, parseDocument } from 'yaml'
import type { z } from 'zod'
import { Failure } from '../failures.js'
import { explain } from './explain.js'
import { type Settings, settingsSchema } from './schema.js'

/** Where the agent looks when nothing is said (DESIGN section 11). */
export const DEFAULT_CONFIG_FILE = '/etc/spectro2mqtt/config.yaml'
/** A configuration is a page, not a book; bytes. */
export const MAX_CONFIG_BYTES = 1024 * 1024

/**
 * Settings from a YAML (or JSON) file: defaults filled in, paths made absolute from the file's own folder.
 * @throws Failure CONFIG_INVALID naming the line, the key, what was seen and what is allowed, for each mistake in the file.
 */
export const loadSettings = (file: string): Settings => {
  const text = readText(file)
  return absolute(parseSettings(text, file), dirname(resolve(file)))
}

/** The same from text; paths stay as written. */
export const parseSettings = (text: string, file: string): Settings => {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const broken = document.errors[0]
  if (broken) {
    const { line, col } = lines.linePos(broken.pos[0])
    throw new Failure('CONFIG_INVALID', {
      where: `${file}:${line}:${col}`,
      seen: broken.message,
      allowed: 'YAML',
      cure: 'mind indentation and quotes',
    })
  }
  const content: unknown = document.toJS() ?? {}
  const parsed = settingsSchema.safeParse(content)
  if (parsed.success) return parsed.data
  const lineOf = (path: readonly PropertyKey[]): number | null => {
    for (let depth = path.length; depth > 0; depth--) {
      const node = document.getIn(path.slice(0, depth), true)
      if (isNode(node) && node.range) return lines.linePos(node.range[0]).line
    }
    return null
  }
  throw mistakes(file, content, parsed.error.issues, lineOf)
}

const mistakes = (
  file: string,
  content: unknown,
  issues: readonly z.core.$ZodIssue[],
  lineOf: (path: readonly PropertyKey[]) => number | null,
): Failure => {
  const found = issues.flatMap((issue) => explain(issue, content)).map((mistake) => ({ ...mistake, line: lineOf(mistake.path) }))
  const [first] = found
  const place = (line: number | null) => (line === null ? file : `${file}:${line}`)
  const rest = found.slice(1).map(({ line, key, seen, allowed }) => `${place(line)} ${key}: seen ${seen}, allowed ${allowed}`)
  return new Failure('CONFIG_INVALID', {
    where: first ? `${place(first.line)} ${first.key}` : file,
    ...(first ? { seen: first.seen, allowed: first.allowed } : {}),
    cure: [...rest.map((other) => `also mend ${other}`), 'every key is described by "spectro2mqtt config print --annotated"'].join('; '),
  })
}

const readText = (file: string): string => {
  try {
    const bytes = readFileSync(file)
    if (bytes.length > MAX_CONFIG_BYTES)
      throw new Failure('CONFIG_INVALID', { where: file, seen: `${bytes.length} bytes`, allowed: `at most ${MAX_CONFIG_BYTES} bytes` })
    return bytes.toString('utf8')
  } catch (error) {
    if (error instanceof Failure) throw error
    const seen = error instanceof Error ? error.message : String(error)
    throw new Failure('CONFIG_INVALID', {
      where: file,
      seen,
      cure: 'name the file with --config FILE; "spectro2mqtt config print --annotated" writes one to start from',
      cause: error,
    })
  }
}

/** Paths in a configuration are relative to it, so that a folder can be moved as a whole. */
const absolute = (settings: Settings, folder: string): Settings => {
  const at = (path: string) => resolve(folder, path)
  const maybe = (path: string | null) => (path === null ? null : at(path))
  const { mqtt, updates } = settings
  return {
    ...settings,
    mqtt: {
      ...mqtt,
      passwordFile: maybe(mqtt.passwordFile),
      tls: { caFile: maybe(mqtt.tls.caFile), certFile: maybe(mqtt.tls.certFile), keyFile: maybe(mqtt.tls.keyFile) },
    },
    instruments: settings.instruments.map((instrument) => ({ ...instrument, axis: maybe(instrument.axis), transfer: maybe(instrument.transfer) })),
    models: Object.fromEntries(Object.entries(settings.models).map(([slot, { bundle }]) => [slot, { bundle: at(bundle) }])),
    state: { directory: at(settings.state.directory) },
    updates: {
      ...updates,
      repository: updates.repository === null || /^https?:\/\//.test(updates.repository) ? updates.repository : at(updates.repository),
      root: maybe(updates.root),
      credentialsFile: maybe(updates.credentialsFile),
      caFile: maybe(updates.caFile),
    },
  }
}
