import { Failure } from '../failures.js'
import { axisWords, geometries, quantityKinds } from './meta.js'

/** What the numbers of a set mean, in the words of `meta.json`. */
export interface Meaning {
  readonly axisKind: (typeof axisWords)[number]
  readonly quantityKind: (typeof quantityKinds)[number]
  readonly geometry: (typeof geometries)[number]
}

/** What the caller says about the numbers of a set, for files that do not say it themselves. Empty texts are not said. */
export interface MeaningOptions {
  readonly axisKind?: string
  readonly quantityKind?: string
  readonly geometry?: string
}

/** Where each part is said on the command line, in `meta.json`, and its words. */
const parts = {
  axisKind: { flag: '--axis-kind', key: 'axis_kind', words: axisWords },
  quantityKind: { flag: '--quantity', key: 'quantity_kind', words: quantityKinds },
  geometry: { flag: '--geometry', key: 'geometry', words: geometries },
} as const satisfies Record<keyof Meaning, { flag: string; key: string; words: readonly string[] }>
type Part = keyof Meaning
const partNames: readonly Part[] = ['axisKind', 'quantityKind', 'geometry']

/**
 * What the caller says and what a file says, as one: either may be silent, but not both, and they may not contradict each other.
 * @param own what the file says; `undefined` where it does not.
 * @throws Failure DATA_INVALID naming the flags to give, or USAGE for a word that there is not.
 */
export const meaningOf = (file: string, said: MeaningOptions, own: { readonly [P in Part]?: Meaning[P] | undefined }): Meaning => {
  const axisKind = agreed(file, 'axisKind', word(axisWords, 'axisKind', said), own.axisKind)
  const quantityKind = agreed(file, 'quantityKind', word(quantityKinds, 'quantityKind', said), own.quantityKind)
  const geometry = agreed(file, 'geometry', word(geometries, 'geometry', said), own.geometry)
  const known = { axisKind, quantityKind, geometry }
  if (axisKind === undefined || quantityKind === undefined || geometry === undefined)
    throw unsaid(
      file,
      partNames.filter((part) => known[part] === undefined),
    )
  return { axisKind, quantityKind, geometry }
}

const word = <Word extends string>(words: readonly Word[], part: Part, said: MeaningOptions): Word | undefined => {
  const text = said[part]
  if (text === undefined || text === '') return undefined
  const known = words.find((candidate) => candidate === text)
  if (known !== undefined) return known
  throw new Failure('USAGE', { where: parts[part].flag, seen: text, allowed: words.join(', ') })
}

const agreed = <Word extends string>(file: string, part: Part, said: Word | undefined, own: Word | undefined): Word | undefined => {
  const { flag, key } = parts[part]
  if (said !== undefined && own !== undefined && said !== own)
    throw new Failure('DATA_INVALID', {
      where: file,
      seen: `${key} ${own}`,
      allowed: `${said}, as ${flag} says`,
      cure: `leave ${flag} out, or correct the file if it is wrong`,
    })
  return own ?? said
}

/** Everything that is missing at once, so that nobody runs a command three times to learn three words. */
const unsaid = (file: string, silent: readonly Part[]): Failure => {
  const missing = silent.map((part) => parts[part])
  return new Failure('DATA_INVALID', {
    where: file,
    seen: `nothing that says its ${missing.map(({ key }) => key).join(', ')}`,
    allowed: missing.map(({ key, words }) => (missing.length === 1 ? words.join(', ') : `${key}: ${words.join(', ')}`)).join('; '),
    cure: `give ${missing.map(({ flag }) => `${flag} WORD`).join(' ')}, or write it into a file NAME.meta.json beside the data`,
  })
}
