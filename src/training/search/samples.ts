import { Failure, isFailure } from '../../failures.js'
import type { Axis } from '../../spectrum/axis.js'
import type { Random } from '../../spectrum/random.js'
import type { Finding } from '../contract.js'
import { listed } from '../examples.js'
import { type Material, measured, type Part, picked } from '../material.js'
import type { Prepared } from '../prepare.js'
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
  const all = drawn.ids.map((_, n) => n)
  const { ready, refused } = openAll(usable, axis, drawn.spectra, optional)
  if (ready.length === 0) throw noChain(where, axis, refused)
  const opened = ready.map(({ chain }) => chain)
  const lost = ready.map(({ unfit }) => unfit)
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
    findings: [...refused, ...opened.flatMap((chain, c) => (kept.includes(chain) ? [] : [dropped(chain, lost[c]?.size ?? 0, all.length)]))],
  }
}

interface Ready {
  readonly chain: ChainRows
  /** Spectra that it cannot prepare. */
  readonly unfit: ReadonlySet<number>
}

/** Every chain that leaves something to learn from, and why the others do not. A quiet band that leaves nothing out is passed over: the same chain without it is there. */
const openAll = (plans: readonly ChainPlan[], axis: Axis, spectra: readonly Float64Array[], optional: boolean) => {
  const all = spectra.map((_, n) => n)
  const ready: Ready[] = []
  const refused: Finding[] = []
  for (const plan of plans)
    try {
      const chain = openChain(plan, axis, spectra)
      const rows = chain?.rows(all) ?? []
      if (chain !== null && alike(rows)) refused.push(untried(plan, 'it makes all spectra the same', all.length))
      else if (chain !== null) ready.push({ chain, unfit: new Set(all.filter((n) => !rows[n])) })
    } catch (error) {
      // The spectra give its reference nothing to learn from; another chain may do.
      if (!optional || !isFailure(error, 'CHAIN_INVALID')) throw error
      refused.push(untried(plan, error.message, all.length))
    }
  return { ready, refused }
}

/** Whether two spectra or more came through and nothing tells them apart: what clipping leaves of numbers that are not what they are said to be. */
const alike = (rows: readonly (Prepared | null)[]): boolean => {
  const [first, ...others] = rows.flatMap((row) => row?.values ?? [])
  return first !== undefined && others.length > 0 && others.every((values) => values.every((value, i) => value === first[i]))
}

const dropped = ({ name }: ChainRows, count: number, all: number): Finding => ({
  code: 'chain-dropped',
  text: `the chain "${name}" was not tried: it cannot prepare ${count} of ${all} spectra`,
  ids: [],
  count,
})

const untried = ({ name }: ChainPlan, why: string, count: number): Finding => ({
  code: 'chain-dropped',
  text: `the chain "${name}" was not tried: ${why}`,
  ids: [],
  count,
})

const noChain = (where: string, { values }: Axis, [first]: readonly Finding[]): Failure =>
  first === undefined
    ? new Failure('CHAIN_INVALID', {
        where,
        seen: `no chain that ${values.length} channels can feed`,
        allowed: 'at least one',
        cure: 'give chains in a recipe',
      })
    : new Failure('DATA_INVALID', {
        where,
        seen: `spectra that no chain can learn from: ${first.text}`,
        allowed: 'spectra that differ from one another',
        cure: 'look whether quantity_kind names what the numbers are',
      })

const nothingLeft = (where: string, unfit: number, all: number, axis: Axis): Failure =>
  new Failure('DATA_INVALID', {
    where,
    seen: `${unfit} of ${all} spectra with a missing value where the chain needs one, or flat`,
    allowed: `whole spectra from ${axis.values[0]} to ${axis.values.at(-1)}`,
    cure: 'look whether quantity_kind names what the numbers are',
  })
