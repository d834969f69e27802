import type { Faults, StreamEnd } from '../../emulation/contract.js'
import type { LightPath } from '../../emulation/light-path.js'
import { Failure } from '../../failures.js'
import type { Samples } from './samples.js'

/** What standard input may say, one a line. */
export const WORDS = 'dark | white [OD] | sample | flood | fault NAME [TIMES] | heal | quit'

export interface Stage {
  readonly light: LightPath
  readonly end: Pick<StreamEnd, 'misbehave' | 'heal'>
  readonly samples: Pick<Samples, 'next'>
  readonly faults: Faults
}

/**
 * Does what a line asks; resolves to a sentence for whoever typed it, or null to end.
 * @throws Failure USAGE, DATA_INVALID for what cannot be done: nothing has changed then.
 */
export const obey = (line: string, { light, end, samples, faults }: Stage): string | null => {
  const [word = '', ...rest] = line.trim().split(/\s+/)
  const [first, second] = rest
  if (rest.length > (word === 'fault' ? 2 : word === 'white' ? 1 : 0)) throw misheard(line)
  switch (word) {
    case '':
      return `Words: ${WORDS}`
    case 'dark':
      light.show({ kind: 'dark' })
      return 'Before the probe: nothing, the shutter is closed.'
    case 'white':
      light.show({ kind: 'white', density: first === undefined ? 0 : Number(first) })
      return `Before the probe: the white${first === undefined ? ', bare' : ` behind a filter of optical density ${Number(first)}`}.`
    case 'sample':
      light.replay(samples.next)
      return 'Before the probe: the next sample at each exposure.'
    case 'flood':
      light.show({ kind: 'flood' })
      return 'Before the probe: far too much light.'
    case 'fault':
      if (first === undefined)
        return Object.entries(faults)
          .map(([name, sentence]) => `${name}: ${sentence}`)
          .join('\n')
      end.misbehave(first, ...(second === undefined ? [] : [Number(second)]))
      return `Fault ${first}: ${faults[first] ?? ''}${second === undefined ? ', until heal' : `, ${second} times`}.`
    case 'heal':
      end.heal()
      return 'No fault.'
    case 'quit':
      return null
    default:
      throw misheard(line)
  }
}

const misheard = (line: string): Failure => new Failure('USAGE', { where: 'standard input', seen: JSON.stringify(line.slice(0, 80)), allowed: WORDS })
