/** A file as the disk has it. `synced`: what a power cut cannot take. */
export interface CutFile {
  bytes: Uint8Array
  synced: Uint8Array
}

const NOTHING = new Uint8Array()

export const newFile = (): CutFile => ({ bytes: NOTHING, synced: NOTHING })

/** There is nothing in it that was not synced. */
export const isWhole = ({ bytes, synced }: CutFile): boolean => bytes === synced

/** What a power cut may leave of the bytes of a file: each of these ways. A file that is whole stays so in all of them. */
export const afterCut: readonly ((file: CutFile) => Uint8Array)[] = [
  ({ synced }) => synced,
  (file) => changed(file, 'half', (kept) => file.bytes.slice(0, kept.length + ((file.bytes.length - kept.length) >> 1))),
  (file) => changed(file, 'zeros', (kept) => Uint8Array.from({ length: file.bytes.length }, (_, i) => kept[i] ?? 0)),
  (file) => changed(file, 'nothing', (kept) => kept),
]

const changes = new WeakMap<Uint8Array, Map<string, Uint8Array>>()

/** @param make of what stays from the last sync. The same array is handed out for the same question, so that digests are taken once. */
const changed = (file: CutFile, way: string, make: (kept: Uint8Array) => Uint8Array): Uint8Array => {
  if (isWhole(file)) return file.synced
  const known = changes.get(file.bytes) ?? new Map<string, Uint8Array>()
  changes.set(file.bytes, known)
  // What was only appended to keeps its synced start; what was written anew may have lost it.
  const kept = startsWith(file.bytes, file.synced) ? file.synced : NOTHING
  const key = `${way} ${kept.length}`
  const made = known.get(key) ?? make(kept)
  known.set(key, made)
  return made
}

const startsWith = (bytes: Uint8Array, start: Uint8Array): boolean =>
  start.length <= bytes.length && Buffer.compare(start, bytes.subarray(0, start.length)) === 0
