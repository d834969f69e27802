import { Failure } from '../../failures.js'
import type { Step } from '../../preprocessing/contract.js'
import type { HeldOut, Subjects } from '../contract.js'
import { agreement, argmax } from '../figures.js'
import type { Part } from '../material.js'
import { outputsBy } from '../network.js'
import { linearGraph } from '../onnx/linear-graph.js'
import { preparer } from '../prepare.js'
import type { Recipe } from '../recipe.js'
import { finalSetting } from '../search/candidate.js'
import type { ChainRows } from '../search/chains.js'
import { benchesOf } from '../search/nested.js'
import { finalNetwork, type NetworkCandidate, type NetworkSearchTask } from '../search/networks.js'
import type { Search } from '../search/search.js'
import { fitLinear, graphOf, heldByLinear, scaled, scalingOf } from './linear-model.js'

/** The model that ships, and what it is judged by. */
export interface FinalModel {
  /** The whole chain, centre and scale last. */
  readonly steps: readonly Step[]
  readonly graph: Uint8Array
  readonly kind: 'linear' | 'cnn' | 'identity'
  /** Answers to spectra that their model had not seen, by the shipped kind of graph. Empty for an identity. */
  readonly held: readonly HeldOut[]
  /** Fold of each sample in which it was left out. */
  readonly folds: readonly number[]
  /** Every sample at the end of `steps`, and the scalars that the chain noted. */
  readonly rows: readonly Float64Array[]
  readonly scalars: Readonly<Record<string, readonly number[]>>
  /** How far int8 and fp32 agree; null where nothing is quantized: share of labels, or RMS difference of values. */
  readonly agreement: number | null
}

/** int8 ships only where it agrees with fp32 on this share of labels (DESIGN section 7), or this share of the error of values. */
export const MIN_AGREEMENT = 0.98
export const MAX_VALUE_DIFFERENCE = 0.1

/** The winning linear model, fitted to all training spectra. */
export const linearModel = async ({ best, repeats }: Search, samples: Part, recipe: Recipe): Promise<FinalModel> => {
  const { chain, family } = best
  const all = samples.ids.map((_, n) => n)
  const bare = chain.rows(all)
  const scaling = scalingOf(
    bare.flatMap((row) => row?.values ?? []),
    recipe.scaleFloor,
  )
  const task = { chain, family, setting: finalSetting(best).index, subjects: samples, priors: recipe.priors, benchOf: benchesOf(chain) }
  const [first] = repeats
  if (!first) throw new Failure('INVARIANT', { where: 'training', seen: 'no repeat' })
  return {
    steps: [...chain.stepsFor(all), scaling.step],
    graph: graphOf(fitLinear(task, all), scaling, samples.limits),
    kind: 'linear',
    held: await heldByLinear(task, first, scaling),
    folds: first.folds,
    rows: bare.map((row) => scaled(scaling, row?.values ?? new Float64Array(0))),
    scalars: scalarsOf(bare),
    agreement: null,
  }
}

/**
 * The winning network, trained on all training spectra as those of the folds were.
 * @throws Failure BUNDLE_SELFTEST where int8 and fp32 disagree more than DESIGN allows.
 */
export const networkModel = async (candidate: NetworkCandidate, task: NetworkSearchTask): Promise<FinalModel> => {
  const { samples, recipe } = task
  const network = await finalNetwork(task)
  const { prepare } = preparer(network.steps, task.axis)
  const prepared = samples.spectra.map((values) => prepare(values))
  const rows = prepared.map((row) => row?.values ?? new Float64Array(0))
  const own = await outputsBy(network.int8, rows)
  const exact = await outputsBy(network.float, rows)
  const outputs = [...candidate.held, ...own.map((outputs_, i) => ({ outputs: outputs_, exact: exact[i] ?? outputs_ }))]
  return {
    steps: network.steps,
    graph: network.int8,
    kind: 'cnn',
    held: candidate.held,
    folds: candidate.repeat.folds,
    rows,
    scalars: scalarsOf(prepared),
    agreement: agreed(recipe.id, samples, outputs, candidate.error),
  }
}

/** One material: the gate is the model, the graph says nothing. */
export const identityModel = (chain: ChainRows, folds: readonly number[], samples: Part, recipe: Recipe): FinalModel => {
  const all = samples.ids.map((_, n) => n)
  const bare = chain.rows(all)
  const scaling = scalingOf(
    bare.flatMap((row) => row?.values ?? []),
    recipe.scaleFloor,
  )
  return {
    steps: [...chain.stepsFor(all), scaling.step],
    graph: linearGraph({ outputs: 1, weights: new Float32Array(scaling.mean.length), bias: Float32Array.of(1) }),
    kind: 'identity',
    held: [],
    folds,
    rows: bare.map((row) => scaled(scaling, row?.values ?? new Float64Array(0))),
    scalars: scalarsOf(bare),
    agreement: null,
  }
}

/**
 * Share of spectra to which the int8 graph and the fp32 graph give the same label, or the root mean square difference of their values.
 * @throws Failure BUNDLE_SELFTEST below 98 % of labels, or above 10 % of the error of values: such a model must not ship.
 */
export const agreed = (id: string, { task }: Pick<Subjects, 'task'>, held: readonly Pick<HeldOut, 'outputs' | 'exact'>[], error: number): number => {
  const refuse = (seen: string, allowed: string): never => {
    throw new Failure('BUNDLE_SELFTEST', { where: id, seen, allowed, cure: 'train with other settings of the network' })
  }
  if (task === 'value') {
    const squares = held.reduce((sum, { outputs, exact }) => sum + ((outputs[0] ?? 0) - (exact[0] ?? 0)) ** 2, 0)
    const difference = Math.sqrt(squares / held.length)
    if (difference <= MAX_VALUE_DIFFERENCE * error) return difference
    return refuse(
      `int8 and fp32 differ by ${difference.toPrecision(3)}`,
      `at most a tenth of the error, ${(MAX_VALUE_DIFFERENCE * error).toPrecision(3)}`,
    )
  }
  const same = agreement(
    held.map(({ outputs }) => argmax(outputs)),
    held.map(({ exact }) => argmax(exact)),
  )
  if (same >= MIN_AGREEMENT) return same
  return refuse(`int8 and fp32 give the same label to ${(100 * same).toFixed(1)} % of spectra`, `at least ${100 * MIN_AGREEMENT} %`)
}

const scalarsOf = (rows: readonly ({ readonly scalars: Readonly<Record<string, number>> } | null)[]): Record<string, number[]> =>
  Object.fromEntries(Object.keys(rows[0]?.scalars ?? {}).map((name) => [name, rows.map((row) => row?.scalars[name] ?? Number.NaN)]))
