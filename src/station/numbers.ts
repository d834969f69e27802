/** Sequence numbers reserved at a time: one commit for so many spectra, and the most that a kill can leave unused. */
export const BLOCK = 1000

/** Gives out what is left of the block before asking the store again; the next block is fetched while the last hundred are given out. */
const FETCH_BELOW = 100

/**
 * The numbers of one instrument, rising, never given twice, also across restarts.
 * @param reserve the first of `count` numbers that nobody had before, durable when it resolves.
 */
export const createNumbers = (reserve: (count: number) => Promise<number>, first: number): (() => number | Promise<number>) => {
  let next = first
  let end = first + BLOCK
  let coming: Promise<number> | null = null
  const fetch = (): Promise<number> => {
    coming ??= reserve(BLOCK)
    // Whoever needs it sees the failure; until then it only means that it will be asked for again.
    coming.catch(() => {
      coming = null
    })
    return coming
  }
  const enter = (block: number): void => {
    next = block
    end = block + BLOCK
    coming = null
  }
  const nextSeq = (): number | Promise<number> => {
    if (next < end) {
      if (end - next <= FETCH_BELOW) fetch()
      return next++
    }
    return fetch().then((block) => {
      if (next >= end) enter(block)
      return nextSeq()
    })
  }
  return nextSeq
}
