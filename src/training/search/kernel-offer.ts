import type { Family, Finding, Subjects } from '../contract.js'
import { blankShare } from '../examples.js'
import { kernelRefusal } from '../kernel/bench.js'
import type { ChainRows } from './chains.js'

/** Chains behind which kernel Ridge is tried: those that linear models rank best. It costs several linear families. */
export const KERNEL_CHAINS = 4

/** Share of blank cells in the group column beyond which it is not tried: what may be copies of one object would be judged as new ones. */
const MAX_BLANK_SHARE = 0.25

/** What is tried behind all chains, and whether kernel Ridge follows behind the best of them; why not, where it was asked for. */
export interface Offer {
  readonly linear: readonly Family[]
  readonly kernel: boolean
  readonly findings: readonly Finding[]
}

/** @throws Failure DATA_INVALID where kernel Ridge alone was asked for and cannot be. */
export const offerOf = (families: readonly Family[], subjects: Subjects, chains: readonly ChainRows[]): Offer => {
  const linear = families.filter((family) => family !== 'kernel-ridge')
  if (linear.length === families.length) return { linear, kernel: false, findings: [] }
  const channels = Math.max(...chains.map((chain) => chain.rows([0])[0]?.values.length ?? 0))
  const refused = kernelRefusal(subjects.ids.length, channels)
  if (linear.length === 0 && refused) throw refused
  const blank = blankShare(subjects.groups)
  if (linear.length === 0 || (!refused && blank <= MAX_BLANK_SHARE)) return { linear, kernel: true, findings: [] }
  const why = refused
    ? `${refused.seen}, where ${refused.allowed} are allowed`
    : `${Math.round(100 * blank)} % of the spectra have no word in the group column, and what may be copies of one object would be judged as new`
  return { linear, kernel: false, findings: [{ code: 'kernel-not-tried', text: `kernel Ridge was not tried: ${why}`, ids: [], count: 0 }] }
}
