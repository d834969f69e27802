import { setImmediate as nextTurn } from 'node:timers/promises'
import { Failure } from '../failures.js'
import type { Rule } from '../inference/decide.js'
import { indexOfLargest } from '../inference/scores.js'
import { type Flag, flags as flagTable, type ReferencePolicy } from '../spectrum/flags.js'
import { bindModel } from './binding.js'
import { checkManifest } from './bundle-rules.js'
import type { GoldenCase, ManifestDraft } from './manifest.js'
import type { LoadedModel } from './open.js'
import { type OpenModel, openModel } from './open.js'
import { ruleOf } from './rule.js'

type Want = GoldenCase['want']
/** A golden spectrum before anyone knows its answer. */
export type GoldenQuestion = Omit<GoldenCase, 'want'>

/** Golden answers are those of an instrument that refuses expired references. */
const POLICY: ReferencePolicy = 'refuse'

/**
 * Every golden spectrum through chain, gate, engine and decision, each for itself. Scores must be within the bundle's tolerance, a value within that share
 * of the trained range (`valueSpan`); the top label, verdict and reason must be the same, unless the wanted numbers themselves are nearer than the
 * tolerance to where they turn: two labels level, a score at the confidence or at a conformal bound, an interval at a limit.
 * @throws Failure BUNDLE_SELFTEST naming the first case that differs, what came and what was wanted.
 */
export const checkGoldenAnswers = async (model: LoadedModel, where = 'bundle'): Promise<void> => {
  const { golden, manifest } = model.bundle
  const got = await answers(model, golden.cases)
  const rule = ruleOf(manifest)
  const tolerance = manifest.task === 'value' ? golden.tolerance * valueSpan(manifest, golden.cases) : golden.tolerance
  golden.cases.forEach(({ name, want }, i) => {
    const differs = difference(got[i] ?? nothing, want, rule, tolerance, manifest.range)
    if (differs === null) return
    throw new Failure('BUNDLE_SELFTEST', {
      where: `${where}: golden case ${i} ${JSON.stringify(name)}: ${differs}`,
      seen: told(got[i] ?? nothing),
      allowed: `${told(want)}, within ${tolerance}`,
      cure: 'take the bundle again or another version of it; if other bundles fail too, run `spectro2mqtt doctor`: the engine computes wrongly here',
    })
  })
}

/**
 * For the trainer: the golden cases with the answers that this very code gives, so that what it reports is what the agent does.
 * @throws Failure BUNDLE_INVALID where manifest and graph do not fit each other.
 */
export const answerGolden = async (manifest: ManifestDraft, graph: Uint8Array, questions: readonly GoldenQuestion[]): Promise<GoldenCase[]> => {
  const model = await openModel({ manifest, graph, ...checkManifest(manifest, 'golden') })
  try {
    const wants = await answers(model, questions)
    return questions.map((question, i) => ({ ...question, want: wants[i] ?? nothing }))
  } finally {
    await model.close()
  }
}

const nothing: Want = { verdict: 'rejected', reason: null, top: null, scores: [] }

/** Cases that are asked at once; between two such slices spectra of the model that answers meanwhile have their turn. */
export const SLICE = 8

/** In slices: they go to the engine in batches, as a busy agent sends them, and hold up nobody else for longer than a slice takes. */
const answers = async (model: OpenModel, cases: readonly GoldenQuestion[]): Promise<readonly Want[]> => {
  const { axis, manifest } = model.bundle
  const { labels } = manifest.outputs
  const { quantity } = manifest.input
  const binding = bindModel(model, { axis, quantity }, POLICY, () => 0)
  const saturated = new Uint8Array(axis.values.length)
  const answerTo = async ({ values, flags }: GoldenQuestion): Promise<Want> => {
    const ratio = Float64Array.from(values, (value) => value ?? Number.NaN)
    const inferred = await binding.infer(binding.prepare({ measurement: { axis, saturated }, ratio, quantity, flags: flags.filter(isFlag) }))
    const { verdict, reason } = binding.decide(inferred)
    if (manifest.task === 'value') return { verdict, reason, top: null, scores: [], value: inferred.value }
    const scores = inferred.scores ?? []
    return { verdict, reason, top: scores.length > 0 ? (labels[indexOfLargest(scores)] ?? null) : null, scores: Array.from(scores) }
  }
  const given: Want[] = []
  for (let from = 0; from < cases.length; from += SLICE) {
    given.push(...(await Promise.all(cases.slice(from, from + SLICE).map(answerTo))))
    await nextTurn()
  }
  return given
}

/** `checkGolden` refuses all others when the bundle is read. */
const isFlag = (flag: string): flag is Flag => Object.hasOwn(flagTable, flag)

/**
 * What the tolerance of a value is a share of, in its unit: the trained range, or without one the span of the golden values. A value has no scale of its
 * own: 0.02 would be everything for a share and nothing for milligrams. Golden values that are all the same span as much as they are.
 */
const valueSpan = ({ range }: ManifestDraft, cases: readonly GoldenCase[]): number => {
  if (range) return range[1] - range[0]
  const values = cases.flatMap(({ want }) => want.value ?? [])
  return Math.max(...values) - Math.min(...values) || Math.max(...values.map(Math.abs))
}

const difference = (got: Want, want: Want, rule: Rule, tolerance: number, range: readonly [number, number] | undefined): string | null => {
  if (got.scores.length !== want.scores.length) return 'scores'
  // Negated, so that NaN differs from everything.
  if (!want.scores.every((score, i) => Math.abs(score - (got.scores[i] ?? Number.NaN)) <= tolerance)) return 'scores'
  const [value, other] = [want.value ?? null, got.value ?? null]
  if ((value === null) !== (other === null)) return 'value'
  if (value !== null && !(Math.abs(value - (other ?? Number.NaN)) <= tolerance)) return 'value'
  const [first = 0, second = 0] = [...want.scores].sort((a, b) => b - a)
  if (got.top !== want.top && !(first - second <= tolerance)) return 'top label'
  if (got.verdict === want.verdict && got.reason === want.reason) return null
  const swings = [got, want].every(({ verdict, reason }) => verdict === 'accepted' || reason === 'ambiguous')
  return swings && turningPoints(rule, want, range).some((distance) => Math.abs(distance) <= tolerance) ? null : 'verdict'
}

/** How far the wanted numbers are from each place at which accepted and ambiguous change places. */
const turningPoints = (rule: Rule, { scores, value }: Want, range: readonly [number, number] | undefined): readonly number[] => {
  if (rule.task === 'value') {
    const at = value ?? Number.NaN
    const half = rule.halfWidth ?? 0
    // At an end of the range the interval appears.
    return [...(rule.limits ?? []).flatMap((limit) => [at - half - limit, at + half - limit, at - limit]), ...(range ?? []).map((end) => at - end)]
  }
  if (rule.task === 'identity') return []
  const [first = 0, second = 0] = [...scores].sort((a, b) => b - a)
  const { bounds, confidence } = rule
  const atBounds = bounds ? [first - second, ...scores.map((score, i) => 1 - score - (bounds[i] ?? 0))] : []
  return [...atBounds, ...(confidence === null ? [] : [first - confidence])]
}

const told = ({ verdict, reason, top, scores, value = null }: Want): string => {
  const numbers = value === null ? 'no scores' : `value ${value.toPrecision(6)}`
  return `${verdict}${reason === null ? '' : ` (${reason})`}, ${top === null ? numbers : `top ${top}, scores ${scores.map((score) => score.toFixed(4)).join(' ')}`}`
}
