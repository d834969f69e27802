/** Bytes of a bundle file at most; the largest that we ship is under 1 MiB. */
export const MAX_BUNDLE_BYTES = 64 * 1024 * 1024
