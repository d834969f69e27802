import { Failure } from '../failures.js'
import type { Faults } from './contract.js'

/** The misbehaviours of one emulator that are switched on, and for how many occasions more. */
export interface FaultSwitches<Name extends string> {
  /** @throws Failure USAGE for a name that the emulator does not have, or a count that is not a positive whole number. */
  misbehave(fault: string, times?: number): void
  heal(): void
  /** Whether this occasion shall go wrong; uses one occasion up. */
  take(fault: Name): boolean
}

export const createFaultSwitches = <const Table extends Faults>(faults: Table): FaultSwitches<keyof Table & string> => {
  const left = new Map<string, number>()
  return {
    misbehave(fault, times = Number.POSITIVE_INFINITY) {
      if (!Object.hasOwn(faults, fault)) throw new Failure('USAGE', { where: 'fault', seen: fault, allowed: Object.keys(faults).join(', ') })
      if (!(times === Number.POSITIVE_INFINITY || (Number.isInteger(times) && times > 0)))
        throw new Failure('USAGE', { where: `fault ${fault}`, seen: `${times} occasions`, allowed: 'a whole number above 0' })
      left.set(fault, times)
    },
    heal: () => left.clear(),
    take(fault) {
      const occasions = left.get(fault) ?? 0
      if (occasions === 0) return false
      if (occasions === 1) left.delete(fault)
      else left.set(fault, occasions - 1)
      return true
    },
  }
}
