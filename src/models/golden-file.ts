import { z } from 'zod'
import { parsed, validated } from './document.js'
import { type Golden, type GoldenCase, goldenCaseSchema, goldenSchema } from './manifest.js'

/** Bytes of golden spectra that are read in one go: some 3 ms of a PC, some 30 ms of a Raspberry Pi Zero 2. */
export const TURN_BYTES = 256 * 1024

/** What stands before the first case, between two, and behind the last, as `writeBundle` writes it. */
const BEGIN = Buffer.from('"cases":[{"name":')
const BETWEEN = Buffer.from('},{"name":')
const END = Buffer.from(']}')
const frameSchema = z.strictObject({ ...goldenSchema.shape, cases: z.array(z.unknown()).min(32).max(512) })

/**
 * `golden.json`, with a pause wherever others may have a turn: it is by far the most of a bundle, and an agent reads it while it measures.
 * @throws Failure BUNDLE_INVALID
 */
export function* readingGolden(json: Uint8Array, where: string): Generator<void, Golden> {
  const { tolerance, cases: documents } = validated(frameSchema, yield* readingDocument(json, where), where)
  const cases: GoldenCase[] = []
  const most = Math.max(1, Math.floor((TURN_BYTES * documents.length) / json.length))
  for (const [i, document] of documents.entries()) {
    if (i % most === 0) yield
    cases.push(validated(goldenCaseSchema, document, where, ['cases', String(i)]))
  }
  return { tolerance, cases }
}

/**
 * As `JSON.parse` reads it. What `writeBundle` wrote is taken apart between two cases: the mark there holds quotes, which inside a string have backslashes
 * before them, so it is nothing else. If frame and cases are JSON each for itself, so is the whole; where one is not, the whole is read in one go.
 */
function* readingDocument(json: Uint8Array, where: string): Generator<void, unknown> {
  const bytes = Buffer.from(json.buffer, json.byteOffset, json.byteLength)
  const begin = bytes.indexOf(BEGIN) + BEGIN.indexOf('{')
  const end = bytes.length - END.length
  if (begin < BEGIN.indexOf('{') || !bytes.subarray(end).equals(END)) return parsed(json, where)
  try {
    const frame = parsed(Buffer.concat([bytes.subarray(0, begin), END]), where)
    const cases: unknown[] = []
    let turnAt = begin
    for (let at = begin; at < end; ) {
      const mark = bytes.indexOf(BETWEEN, at)
      const next = mark < 0 ? end : mark + 1
      cases.push(parsed(bytes.subarray(at, next), where))
      at = next + 1
      if (at - turnAt < TURN_BYTES) continue
      turnAt = at
      yield
    }
    return typeof frame === 'object' ? { ...frame, cases } : parsed(json, where)
  } catch {
    return parsed(json, where)
  }
}
