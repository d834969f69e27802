import { Failure } from '../failures.js'
import { indexOfLargest } from '../inference/scores.js'
import { type Flag, flags as flagTable, type ReferencePolicy } from '../spectrum/flags.js'
import { bindModel } from './binding.js'
import { checkManifest } from './bundle-rules.js'
import { type LoadedModel, type OpenModel, openModel } from './load.js'
import type { GoldenCase, ManifestDraft } from './manifest.js'

type Want = GoldenCase['want']
/** A golden spectrum before anyone knows its answer. */
export type GoldenQuestion = Omit<GoldenCase, 'want'>

/** Golden answers are those of an instrument that refuses expired references. */
const POLICY: ReferencePolicy = 'refuse'

/**
 * Every golden spectrum through chain, gate, engine and decision. Scores must be within the bundle's tolerance; the top label, verdict and reason must be
 * the same, unless the wanted scores themselves are nearer than the tolerance to where they turn (two labels level, or the top one at the confidence).
 * @throws Failure BUNDLE_SELFTEST naming the first case that differs, what came and what was wanted.
 */
export const checkGoldenAnswers = async (model: LoadedModel, where = 'bundle'): Promise<void> => {
  const { golden, manifest } = model.bundle
  const got = await answers(model, golden.cases)
  golden.cases.forEach(({ name, want }, i) => {
    const differs = difference(got[i] ?? nothing, want, golden.tolerance, manifest.limits.confidence ?? 1)
    if (differs === null) return
    throw new Failure('BUNDLE_SELFTEST', {
      where: `${where}: golden case ${i} ${JSON.stringify(name)}: ${differs}`,
      seen: told(got[i] ?? nothing),
      allowed: `${told(want)}, within ${golden.tolerance}`,
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

/** All at once, at most 512: they go to the engine in batches, as a busy agent sends them. */
const answers = async (model: OpenModel, cases: readonly GoldenQuestion[]): Promise<readonly Want[]> => {
  const { axis, manifest } = model.bundle
  const { labels } = manifest.outputs
  const { quantity } = manifest.input
  const binding = bindModel(model, { axis, quantity }, POLICY, () => 0)
  const saturated = new Uint8Array(axis.values.length)
  return Promise.all(
    cases.map(async ({ values, flags }) => {
      const ratio = Float64Array.from(values, (value) => value ?? Number.NaN)
      const inferred = await binding.infer(binding.prepare({ measurement: { axis, saturated }, ratio, quantity, flags: flags.filter(isFlag) }))
      const { verdict, reason } = binding.decide(inferred)
      const scores = inferred.scores ?? []
      return { verdict, reason, top: scores.length > 0 ? (labels[indexOfLargest(scores)] ?? null) : null, scores: Array.from(scores) }
    }),
  )
}

/** `checkGolden` refuses all others when the bundle is read. */
const isFlag = (flag: string): flag is Flag => Object.hasOwn(flagTable, flag)

const difference = (got: Want, want: Want, tolerance: number, confidence: number): string | null => {
  if (got.scores.length !== want.scores.length) return 'scores'
  // Negated, so that NaN differs from everything.
  if (!want.scores.every((score, i) => Math.abs(score - (got.scores[i] ?? Number.NaN)) <= tolerance)) return 'scores'
  const [first = 0, second = 0] = [...want.scores].sort((a, b) => b - a)
  if (got.top !== want.top && !(first - second <= tolerance)) return 'top label'
  if (got.verdict === want.verdict && got.reason === want.reason) return null
  const swings = [got, want].every(({ verdict, reason }) => verdict === 'accepted' || reason === 'ambiguous')
  return swings && Math.abs(first - confidence) <= tolerance ? null : 'verdict'
}

const told = ({ verdict, reason, top, scores }: Want): string =>
  `${verdict}${reason === null ? '' : ` (${reason})`}, ${top === null ? 'no scores' : `top ${top}, scores ${scores.map((score) => score.toFixed(4)).join(' ')}`}`
