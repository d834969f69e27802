import { Failure } from '../../failures.js'
import type { Axis } from '../../spectrum/axis.js'
import type { Random } from '../../spectrum/random.js'
import type { Finding } from '../contract.js'
import { listed } from '../examples.js'
import { type Material, measured, type Part, picked } from '../material.js'
import type { ChainPlan, Recipe } from '../recipe.js'
import type { Listed } from '../report.js'
import { type ChainRows, fits, openChain } from './chains.js'

/** What the search works on: every measurement fit for every chain. */
export interface Samples {
  /** Spectra as they are. */
  readonly own: Part
  /** The same as measured, once or several times each; `of[n]` is the index into `own`. */
  readonly samples: Part
  readonly of: readonly number[]
  readonly chains: readonly ChainRows[]
  readonly unfit: Listed
  readonly findings: readonly Finding[]
}

/** A chain that loses this share of the spectra more than the best one does is left out, rather than the spectra. */
const MAX_LOST_SHARE = 0.05

/**
 * Opens the chains on the training spectra, measured as often as the recipe says. Spectra that a chain cannot prepare are left out of all, and listed.
 * @param optional chains that do not fit the axis are passed over (default grids), else refused
 * @throws Failure DATA_INVALID where no spectrum is left, CHAIN_INVALID where no chain is.
 */
export const samplesOf = (
  material: Material,
  plans: readonly ChainPlan[],
  optional: boolean,
  recipe: Recipe,
  where: string,
  random: Random,
): Samples => {
  const { axis, measure } = material
  const draws = recipe.counts === null ? 1 : recipe.draws.train
  const drawn = measured(material.own, measure, draws, random)
  const usable = optional ? plans.filter((plan) => fits(plan, axis)) : plans
  const opened = usable.flatMap((plan) => openChain(plan, axis, drawn.spectra) ?? [])
  if (opened.length === 0)
    throw new Failure('CHAIN_INVALID', {
      where,
      seen: `no chain that ${axis.values.length} channels can feed`,
      allowed: 'at least one',
      cure: 'give chains in a recipe',
    })
  const all = drawn.ids.map((_, n) => n)
  const lost = opened.map((chain) => unfitIn(chain, all))
  const fewest = Math.min(...lost.map((own) => own.size))
  const kept = opened.filter((_, c) => (lost[c]?.size ?? 0) - fewest <= MAX_LOST_SHARE * drawn.ids.length)
  const unfit = new Set(opened.flatMap((chain, c) => (kept.includes(chain) ? [...(lost[c] ?? [])] : [])))
  const fit = all.filter((n) => !unfit.has(n))
  if (fit.length === 0) throw nothingLeft(where, unfit.size, all.length, axis)
  const ownKept = [...new Set(fit.map((n) => Math.floor(n / draws)))]
  const place = new Map(ownKept.map((n, i) => [n, i]))
  const gone = material.own.ids.flatMap((id, n) => (place.has(n) ? [] : [{ id }]))
  const samples = unfit.size === 0 ? drawn : picked(drawn, fit)
  const chosen = usable.filter((plan) => kept.some(({ name }) => name === plan.name))
  return {
    own: picked(material.own, ownKept),
    samples,
    of: fit.map((n) => place.get(Math.floor(n / draws)) ?? 0),
    chains: unfit.size === 0 ? kept : chosen.flatMap((plan) => openChain(plan, axis, samples.spectra) ?? []),
    unfit: listed(gone),
    findings: opened.flatMap((chain, c) => (kept.includes(chain) ? [] : [dropped(chain, lost[c]?.size ?? 0, all.length)])),
  }
}

const unfitIn = (chain: ChainRows, all: readonly number[]): ReadonlySet<number> => {
  const rows = chain.rows(all)
  return new Set(all.filter((n) => !rows[n]))
}

const dropped = ({ name }: ChainRows, count: number, all: number): Finding => ({
  code: 'chain-dropped',
  text: `the chain "${name}" was not tried: it cannot prepare ${count} of ${all} spectra`,
  ids: [],
  count,
})

const nothingLeft = (where: string, unfit: number, all: number, axis: Axis): Failure =>
  new Failure('DATA_INVALID', {
    where,
    seen: `${unfit} of ${all} spectra with a missing value where the chain needs one, or flat`,
    allowed: `whole spectra from ${axis.values[0]} to ${axis.values.at(-1)}`,
  })
