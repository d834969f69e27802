/** What is accepted from outside at most. Everything here is refused or cut, never waited for. */

/** Bytes of one metadata file. */
export const MAX_METADATA_BYTES = 1024 * 1024
/** Milliseconds that one metadata file may take: a server that sends a byte now and then would hold up all updates. */
export const MAX_METADATA_MS = 120_000
/** Bundles that one role lists. */
export const MAX_TARGETS = 1024
/** Product lines with keys of their own. */
export const MAX_LINES = 32
/** New roots in one refresh; the next refresh goes on from there. */
export const MAX_ROOT_ROTATIONS = 256
/** Bundles, whole or in part, that lie in the mirror. Those that lie there longest go first. */
export const MAX_MIRRORED = 8
