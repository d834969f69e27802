import { concatMap, from, map, type Observable, pairwise, startWith } from 'rxjs'
import type { Port } from '../links/contract.js'
import type { Description } from './contract.js'
import { portKey } from './port-watch.js'
import { recognise } from './recognise.js'

/** An instrument that starts by itself was plugged in, or is gone. */
export type Plug = { readonly kind: 'appeared' | 'gone'; readonly port: Port; readonly family: string }

/** Whatever is plugged in and known, as it comes and goes: what an empty list of instruments in the configuration means. */
export const discover = (ports$: Observable<readonly Port[]>, descriptions: readonly Description[]): Observable<Plug> =>
  ports$.pipe(
    map((ports) => ownPorts(ports, descriptions)),
    startWith<readonly Own[]>([]),
    pairwise(),
    concatMap(([before, after]) => from(plugs(before, after))),
  )

interface Own {
  readonly port: Port
  readonly family: string
}

const ownPorts = (ports: readonly Port[], descriptions: readonly Description[]): readonly Own[] =>
  ports.flatMap((port) => {
    const known = recognise(port, descriptions)
    return known.as === 'own' ? [{ port, family: known.family }] : []
  })

/** Gone ones first: an address may have changed hands between two lists. */
const plugs = (before: readonly Own[], after: readonly Own[]): readonly Plug[] => {
  const has = (list: readonly Own[], { port }: Own) => list.some((other) => portKey(other.port) === portKey(port))
  return [
    ...before.filter((own) => !has(after, own)).map((own) => ({ kind: 'gone' as const, ...own })),
    ...after.filter((own) => !has(before, own)).map((own) => ({ kind: 'appeared' as const, ...own })),
  ]
}
