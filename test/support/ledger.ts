/** Numbers from and to, both included. */
export interface Range {
  readonly from: number
  readonly to: number
}

export interface Ledger {
  /** Numbers that never came although nobody said so. */
  readonly lost: readonly number[]
  /** Numbers that came although they were announced as unused. */
  readonly denied: readonly number[]
}

/** Every number up to the last accepted one has either come or been announced as unused, and never both. */
export const audit = (arrived: ReadonlySet<number>, announced: readonly Range[], lastAccepted: number): Ledger => {
  const unused = new Set<number>()
  for (const { from, to } of announced) for (let seq = from; seq <= to; seq++) unused.add(seq)
  const lost: number[] = []
  for (let seq = 1; seq <= lastAccepted; seq++) if (!arrived.has(seq) && !unused.has(seq)) lost.push(seq)
  return { lost, denied: [...arrived].filter((seq) => unused.has(seq)) }
}
