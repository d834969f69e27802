import { MAX_DENIED, type SlotRecord } from './contract.js'

/** Whether this bundle failed here before, for a cause that lies in itself. */
export const isDenied = ({ denied }: Pick<SlotRecord, 'denied'>, sha256: string): boolean => denied.includes(sha256)

/** The list with this bundle as the newest. The oldest one goes when it is full: by then it was replaced in the repository long ago. */
export const deny = (denied: readonly string[], sha256: string): readonly string[] =>
  [...denied.filter((other) => other !== sha256), sha256].slice(-MAX_DENIED)
