import { createHash } from 'node:crypto'
import { Failure } from '../failures.js'
import type { Axis } from '../spectrum/axis.js'
import { checkGolden, checkManifest } from './bundle-rules.js'
import { MAX_BUNDLE_BYTES } from './bundle-size.js'
import { parsed, refuse, validated } from './document.js'
import { readingGolden } from './golden-file.js'
import { type Golden, goldenSchema, type Manifest, type ManifestDraft, manifestSchema } from './manifest.js'
import { readTar, writeTar } from './tar.js'

/** What a model needs to answer. */
export interface ModelParts {
  readonly manifest: ManifestDraft
  readonly graph: Uint8Array
  /** The model's own axis, on which the chain begins and the golden spectra stand. */
  readonly axis: Axis
  /** What the chain makes of that axis: the channels that gate and graph take. */
  readonly prepared: Axis
}

/** One immutable file (DESIGN section 7), read and checked; nothing of it has run. */
export interface Bundle extends ModelParts {
  readonly manifest: Manifest
  readonly golden: Golden
  /** SHA-256 of the whole file: its identity. */
  readonly sha256: string
}

const NAMES = ['manifest.json', 'model.onnx', 'golden.json'] as const
const NO_SEAL = '0'.repeat(64)

/**
 * Reads a bundle and checks everything that can be checked without running it.
 * @throws Failure BUNDLE_INVALID that says what is wrong, where, and what is allowed.
 */
export const readBundle = (bytes: Uint8Array, where = 'bundle'): Bundle => {
  const parts = readingBundle(bytes, where)
  for (;;) {
    const part = parts.next()
    if (part.done === true) return part.value
  }
}

/** The same a part at a time: whoever has more to do than to read a bundle does it between two. @throws Failure as `readBundle` */
export function* readingBundle(bytes: Uint8Array, where = 'bundle'): Generator<void, Bundle> {
  if (bytes.length > MAX_BUNDLE_BYTES) throw refuse(where, `${bytes.length} bytes`, `at most ${MAX_BUNDLE_BYTES} bytes`)
  const entries = readTar(bytes, NAMES, where)
  const content = (name: (typeof NAMES)[number]): Uint8Array => {
    const entry = entries.find((candidate) => candidate.name === name)
    if (!entry) throw refuse(where, `no ${name}`, NAMES.join(', '))
    return entry.data
  }
  const json = content('manifest.json')
  const document = parsed(json, `${where}: manifest.json`)
  refuseOtherFormats(document, where)
  refuseOtherWriting(bytes, writeTar(NAMES.map((name) => ({ name, data: content(name) }))), where)
  refuseBrokenSeal(json, where)
  yield
  const manifest = validated(manifestSchema, document, `${where}: manifest.json`)
  const graph = content('model.onnx')
  const goldenJson = content('golden.json')
  refuseOtherHash(graph, manifest.graph.sha256, `${where}: model.onnx`)
  refuseOtherHash(goldenJson, manifest.golden.sha256, `${where}: golden.json`)
  yield
  const golden = yield* readingGolden(goldenJson, `${where}: golden.json`)
  refuseOtherGraph(manifest, where)
  yield
  const axes = checkManifest(manifest, where)
  yield
  checkGolden(golden, manifest, `${where}: golden.json`)
  return { manifest, graph: new Uint8Array(graph), golden, sha256: sha256(bytes), ...axes }
}

/**
 * The bundle as bytes: the same parts always give the same bytes. What could not be read back is refused here.
 * @throws Failure BUNDLE_INVALID as `readBundle` does.
 */
export const writeBundle = (parts: { readonly manifest: ManifestDraft; readonly graph: Uint8Array; readonly golden: Golden }): Uint8Array => {
  const where = `bundle ${parts.manifest.id} ${parts.manifest.version}`
  const golden = encoded(validated(goldenSchema, parts.golden, `${where}: golden.json`))
  const graph = sha256(parts.graph)
  const { conformal } = parts.manifest
  const unsealed = {
    ...parts.manifest,
    // Scores that name a graph already keep its name, so that those of another graph are refused and not passed off as this one's.
    ...(conformal ? { conformal: { graphSha256: graph, ...conformal } } : {}),
    format: 1,
    graph: { engine: 'onnx', file: 'model.onnx', sha256: graph },
    golden: { file: 'golden.json', sha256: sha256(golden) },
    seal: NO_SEAL,
  }
  // Validation also puts the keys into the order of the schema.
  const manifest = validated(manifestSchema, unsealed, `${where}: manifest.json`)
  const sealed = encoded({ ...manifest, seal: sha256(encoded(manifest)) })
  const bytes = writeTar([
    { name: 'manifest.json', data: sealed },
    { name: 'model.onnx', data: parts.graph },
    { name: 'golden.json', data: golden },
  ])
  readBundle(bytes, where)
  return bytes
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
const encoded = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value))

/** Before anything else is asked of it: a later format may mean something else by the same keys. */
const refuseOtherFormats = (document: unknown, where: string): void => {
  const format = typeof document === 'object' && document !== null && 'format' in document ? document.format : 'none'
  if (format === 1) return
  throw new Failure('BUNDLE_INVALID', {
    where: `${where}: manifest.json format`,
    seen: `format ${JSON.stringify(format)}`,
    allowed: 'format 1',
    cure: 'update spectro2mqtt to a version that knows this format, or take a bundle of format 1',
  })
}

/** There is one way to write given contents, so that two files that differ in a byte never hold the same model. */
const refuseOtherWriting = (bytes: Uint8Array, written: Uint8Array, where: string): void => {
  if (Buffer.compare(bytes, written) === 0) return
  const at = written.findIndex((byte, i) => byte !== bytes[i])
  throw refuse(
    at < 0 ? `${where} at byte ${written.length}` : `${where} at byte ${at}`,
    at < 0 ? `${bytes.length - written.length} bytes behind the end` : `byte ${bytes[at] ?? 'missing'} where ${written[at]} must be`,
    `${NAMES.join(', ')} in this order, without dates and owners, nothing behind`,
  )
}

const refuseBrokenSeal = (json: Uint8Array, where: string): void => {
  const seal = /^,"seal":"([0-9a-f]{64})"\}$/.exec(Buffer.from(json.subarray(-NO_SEAL.length - 11)).toString('latin1'))?.[1]
  if (seal === undefined) throw refuse(`${where}: manifest.json`, 'no seal at its end', '"seal" as the last key')
  // A copy by its constructor: `slice` of a Buffer would be a view, and change the file that is read.
  const unsealed = new Uint8Array(json)
  unsealed.set(new TextEncoder().encode(`${NO_SEAL}"}`), json.length - NO_SEAL.length - 2)
  const own = sha256(unsealed)
  if (own !== seal) throw refuse(`${where}: manifest.json`, `contents of SHA-256 ${own}`, `${seal}: it was changed after it was written`)
}

/** Scores of one graph say nothing of another: not even of the same one before it was quantized. */
const refuseOtherGraph = ({ conformal, graph }: Manifest, where: string): void => {
  if (conformal === undefined || conformal.graphSha256 === graph.sha256) return
  throw refuse(`${where}: manifest.json conformal.graphSha256`, conformal.graphSha256, `${graph.sha256}, the graph of this bundle`)
}

const refuseOtherHash = (bytes: Uint8Array, wanted: string, where: string): void => {
  const own = sha256(bytes)
  if (own !== wanted) throw refuse(where, `contents of SHA-256 ${own}`, `${wanted}, as the manifest says`)
}
