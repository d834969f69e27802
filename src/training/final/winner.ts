import type { Random } from '../../spectrum/random.js'
import type { CandidateFigure, Figure } from '../contract.js'
import type { Part } from '../material.js'
import type { Report } from '../report.js'
import { type Candidate, criterionOf, errorsOf, finalSetting } from '../search/candidate.js'
import { NETWORK_LEAD } from '../search/choose.js'
import type { NetworkCandidate } from '../search/networks.js'
import { level, scoreOf } from '../search/score.js'
import type { Search } from '../search/search.js'
import { sayScore } from './checks.js'
import { judgedFigures } from './figures-of.js'
import type { ReportTask } from './report-task.js'
import { modelNames, sentenceCase, whyNot } from './why-not.js'

const networkSetting = ({ epochs }: NetworkCandidate): string => `best epoch ${Math.round(epochs)} in the mean of the folds`

/** Everything that was tried, best first. */
export const candidateFigures = ({ linear, networks, best, wins }: Search, part: Part): readonly CandidateFigure[] => {
  const least = Math.min(...linear.candidates.map(criterionOf))
  const ofLinear = linear.candidates.map((candidate): CandidateFigure => {
    const { mean, sd } = errorsOf(candidate)
    return {
      chain: candidate.chain.name,
      family: candidate.family,
      setting: finalSetting(candidate).setting.text,
      score: scoreOf(part, mean),
      spread: sd,
      repeats: candidate.repeats.length,
      tied: level(criterionOf(candidate), least),
      won: wins === 'linear' && candidate === best,
    }
  })
  const ofNetworks = networks.map(
    ({ network }, i): CandidateFigure => ({
      chain: network.chain.name,
      family: 'cnn',
      setting: networkSetting(network),
      score: scoreOf(part, network.error),
      spread: 0,
      repeats: 1,
      tied: false,
      won: wins === 'cnn' && i === 0,
    }),
  )
  return wins === 'cnn' ? [...ofNetworks, ...ofLinear] : [...ofLinear, ...ofNetworks]
}

/** What won and by how much, in whole sentences. */
export const winnerOf = ({ search, samples, recipe }: ReportTask): Report['winner'] => {
  const part = samples.samples
  if (!search) {
    const chain = samples.chains[0]?.name ?? ''
    const text = `Nothing was compared: with one material there is nothing to tell apart, and the gate alone decides.`
    return { text, chain, family: 'pls', setting: 'none', margins: [] }
  }
  const { best, networks, wins, linear } = search
  const score = (error: number) => scoreOf(part, error)
  const say = (error: number) => sayScore(part, score(error))
  const what = part.task === 'value' ? 'a root mean square error of' : 'a balanced accuracy of'
  const bestOf = (family: Candidate['family']) =>
    [...linear.candidates].filter((candidate) => candidate.family === family).sort((a, b) => errorsOf(a).mean - errorsOf(b).mean)[0]
  const own = wins === 'cnn' ? (networks[0]?.network.error ?? 0) : errorsOf(best).mean
  const closed = [...new Set(linear.candidates.map(({ family }) => family))].flatMap((family) => bestOf(family) ?? [])
  const rivals = [
    ...closed.filter(({ family }) => wins === 'linear' && family !== best.family).map((rival) => ({ ...paired(rival, best), family: rival.family })),
    ...againstNetwork(networks[0], wins, best),
  ]
  const margins = rivals.map((rival) => ({
    family: rival.family,
    score: score(rival.error),
    winner: score(rival.own),
    margin: rival.error - rival.own,
  }))
  const [network] = networks
  const family = wins === 'cnn' ? 'cnn' : best.family
  const chain = wins === 'cnn' ? (network?.network.chain.name ?? '') : best.chain.name
  const setting = wins === 'cnn' && network ? networkSetting(network.network) : finalSetting(best).setting.text
  const beside = rivals.map((rival) => `${modelNames[rival.family]} ${say(rival.error)}`).join(', ')
  const first = `${sentenceCase(modelNames[family])} behind "${chain}" (${setting}) with ${what} ${say(own)} by nested cross-validation${beside === '' ? '' : `; beside it ${beside}`}.`
  const lower = closed.filter((rival) => wins === 'linear' && rival.family !== best.family && errorsOf(rival).mean < own)
  const text = [
    first,
    ...lower.slice(0, 1).map((rival) => whyNot(rival, best, part.task === 'value')),
    ...reasons(search, recipe.ship === 'cnn', say),
  ]
  return { text: text.join(' '), chain, family, setting, margins }
}

/** A candidate that fell behind after the first repeat is compared with what the winner did in that one: the same folds on both sides. */
const paired = (rival: Candidate, best: Candidate): { readonly error: number; readonly own: number } => {
  const repeats = best.repeats.slice(0, rival.repeats.length)
  return { error: errorsOf(rival).mean, own: errorsOf({ ...best, repeats }).mean }
}

/** The network and the best other model on the network's folds: its mean over all repeats is of other folds, and says nothing here. */
const againstNetwork = (first: Search['networks'][number] | undefined, wins: Search['wins'], best: Candidate) => {
  if (!first) return []
  const [network, other] = [first.network.error, first.linear.error]
  return wins === 'cnn' ? [{ family: best.family, error: other, own: network }] : [{ family: 'cnn' as const, error: network, own: other }]
}

const reasons = ({ networks: [first], wins, best }: Search, asked: boolean, say: (error: number) => string): readonly string[] => {
  if (!first) return []
  const { network, linear } = first
  const other = `${modelNames[best.family]} behind "${best.chain.name}"`
  const against = `On the network's own folds, run once, the network had ${say(network.error)} and ${wins === 'linear' ? `the winner (${other})` : `the best other model (${other})`} ${say(linear.error)}: these two may be compared, not with means over other folds.`
  if (wins === 'linear') return [against, `A network ships only where its error is smaller by more than ${100 * NETWORK_LEAD} %.`]
  return asked ? [against, 'The recipe asks for the network whatever linear models do.'] : [against]
}

/** The best linear model by the main figure, with its interval. */
export const linearFigure = ({ best }: Search, part: Part, random: Random): Figure => {
  const { figures } = judgedFigures(
    part,
    best.repeats.map(({ answers }) => answers),
    [],
    random,
  )
  return figures[part.task === 'value' ? 'rmse' : 'balanced-accuracy'] ?? { value: scoreOf(part, errorsOf(best).mean), interval: null }
}
