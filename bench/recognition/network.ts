import { setImmediate as nextTurn } from 'node:timers/promises'
import { seededRandom } from '../../src/spectrum/random.js'
import { defaultChains } from '../../src/training/default-chains.js'
import { argmax } from '../../src/training/figures.js'
import { benchesOf, nestedOf } from '../../src/training/search/nested.js'
import { samplesOf } from '../../src/training/search/samples.js'
import { search } from '../../src/training/search/search.js'
import { usualOf } from '../../src/training/train.js'
import type { Context, Figure } from './figure.js'
import { atLeast } from './figure.js'
import type { Opened } from './material.js'
import { pairedGain } from './paired.js'
import { accuracyOf } from './splits.js'

/** Points that int8 may cost, or one spectrum where that is more. */
const ALLOWED_POINTS = 0.3

/** A network as the trainer tries it: int8 beside fp32, and PLS on the same folds. */
export const networkFigures = async (context: Context, { dataset, recipe, material }: Opened): Promise<readonly Figure[]> => {
  const own = { ...recipe, repeats: 1, seed: context.seed }
  const plans = defaultChains(material.axis, material, usualOf(material), material.own.task)
  const samples = samplesOf(material, plans, true, own, own.id, seededRandom(own.seed))
  const never = new AbortController().signal
  const found = await search({ material, recipe: own, samples, tell: context.tell, signal: never, finish: never })
  const network = found.networks[0]?.network
  if (!network) throw new Error(`no network was tried: ${found.findings.map(({ text }) => text).join(' ')}`)
  const { samples: part } = samples
  const { held, repeat, chain } = network
  const [int8, exact] = [new Float64Array(part.ids.length), new Float64Array(part.ids.length)]
  for (const { row, outputs, exact: before } of held) {
    int8[row] = argmax(outputs)
    exact[row] = argmax(before)
  }
  const turn = async () => {
    await nextTurn()
  }
  const pls = (await nestedOf({ chain, families: ['pls'], subjects: part, repeat, priors: own.priors, turn }, benchesOf(chain))).get('pls')?.answers
  const share = (answers: ArrayLike<number>) => 100 * accuracyOf(answers, part.truth, dataset.name)
  const beside = pls ?? new Float64Array(part.ids.length)
  const { gain, low, high } = pairedGain(part, [int8], [beside])
  const allowed = Math.max(ALLOWED_POINTS, 100 / part.ids.length)
  const common = { data: dataset.name, unit: '%', spread: null, repeats: 1 }
  return [
    {
      ...{
        ...common,
        what: 'network, int8, 5-fold; at most 0.3 points or one spectrum below fp32',
        mean: share(int8),
        bar: atLeast(share(exact) - allowed),
      },
      beside: [{ name: 'fp32', mean: share(exact), spread: null }],
      note: `behind ${chain.name}`,
    },
    {
      ...{ ...common, what: 'network beside PLS on the same folds', mean: share(int8), bar: null },
      beside: [{ name: 'PLS', mean: share(beside), spread: null }],
      note: `${(100 * gain).toFixed(1)} points, ${(100 * low).toFixed(1)} to ${(100 * high).toFixed(1)}; the trainer ships the ${found.wins === 'cnn' ? 'network' : `linear model (${found.best.chain.name} with ${found.best.family})`}`,
    },
  ]
}
