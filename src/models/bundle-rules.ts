import { asFailure, Failure } from '../failures.js'
import { buildChain } from '../preprocessing/chain.js'
import type { Chain } from '../preprocessing/contract.js'
import { type Axis, makeAxis } from '../spectrum/axis.js'
import { flags } from '../spectrum/flags.js'
import { checkDecision } from './decision-rules.js'
import type { GateSpec, Golden, ManifestDraft } from './manifest.js'

/** Golden cases that must carry scores or a value: a self-test in which the graph never speaks proves nothing. */
export const MIN_SCORED_CASES = 8

/** Loadings are orthonormal within this: they may be written with five significant digits. */
const ORTHONORMAL_WITHIN = 1e-4

/**
 * What a schema cannot say: that chain, gate and labels of a manifest fit each other. Returns the model's own axis and what the chain makes of it.
 * Labels against the outputs of the graph are checked when the graph is opened (`openModel`).
 * @throws Failure BUNDLE_INVALID.
 */
export const checkManifest = (manifest: ManifestDraft, where: string): { axis: Axis; prepared: Axis } => {
  const at = (part: string) => `${where}: ${part}`
  const { labels } = manifest.outputs
  const twice = labels.find((label, i) => labels.indexOf(label) !== i)
  if (twice !== undefined) throw refuse(at('manifest.json outputs.labels'), `${JSON.stringify(twice)} twice`, 'each label once')
  checkDecision(manifest, where)
  const axis = inside(at('manifest.json input.axis'), () => makeAxis(manifest.input.axis.kind, manifest.input.axis.values))
  const chain = inside(at('manifest.json chain'), () => buildChain(manifest.chain, axis))
  if (chain.uncovered > 0)
    throw refuse(at('manifest.json chain'), `${chain.uncovered} channels outside the model's own axis`, 'a chain that its own axis can feed')
  if (manifest.gate) checkGate(manifest.gate, chain, manifest, at('manifest.json gate'))
  return { axis, prepared: chain.output }
}

const checkGate = (gate: GateSpec, chain: Chain, manifest: ManifestDraft, where: string): void => {
  const channels = chain.output.values.length
  const { k, mean, loadings, eigenvalues, objects } = gate
  if (mean.length !== channels) throw refuse(`${where}.mean`, `${mean.length} values`, `${channels}, one for each channel at the chain's end`)
  if (loadings.length !== k) throw refuse(`${where}.loadings`, `${loadings.length} rows`, `k = ${k}`)
  if (eigenvalues.length !== k) throw refuse(`${where}.eigenvalues`, `${eigenvalues.length} values`, `k = ${k}`)
  if (k >= objects || k > channels) throw refuse(`${where}.k`, `${k}`, `fewer than ${objects} objects and at most ${channels} channels`)
  loadings.forEach((row, i) => {
    if (row.length !== channels)
      throw refuse(`${where}.loadings.${i}`, `${row.length} values`, `${channels}, one for each channel at the chain's end`)
    for (let j = 0; j <= i; j++) {
      const product = row.reduce((sum, value, channel) => sum + value * (loadings[j]?.[channel] ?? 0), 0)
      if (!(Math.abs(product - (i === j ? 1 : 0)) <= ORTHONORMAL_WITHIN))
        throw refuse(`${where}.loadings`, `rows ${j} and ${i} have the product ${product}`, 'orthonormal rows')
    }
  })
  for (const [name, [lowest, highest]] of Object.entries(gate.scalars)) {
    if (lowest > highest) throw refuse(`${where}.scalars.${name}`, `[${lowest}, ${highest}]`, '[lowest, highest]')
    // A step without a name notes under the operation's own, "level".
    if (!manifest.chain.some((step) => step.op === 'level' && (step['name'] ?? 'level') === name))
      throw refuse(`${where}.scalars.${name}`, 'a scalar that no step of the chain notes', 'names of the level steps')
  }
}

/** That the golden spectra belong to this manifest: classes carry scores and a top label, a value carries a value. @throws Failure BUNDLE_INVALID. */
export const checkGolden = (golden: Golden, manifest: ManifestDraft, where: string): void => {
  const { task, outputs } = manifest
  const labels = task === 'value' ? [] : outputs.labels
  const channels = manifest.input.axis.values.length
  const names = new Set<string>()
  let scored = 0
  golden.cases.forEach(({ name, values, flags: raised, want }, i) => {
    const here = `${where} cases.${i} ${JSON.stringify(name)}`
    if (names.has(name)) throw refuse(here, 'a name that was used before', 'each name once')
    names.add(name)
    if (values.length !== channels) throw refuse(here, `${values.length} values`, `${channels}, as input.axis has`)
    const unknown = raised.find((flag) => !Object.hasOwn(flags, flag))
    if (unknown !== undefined) throw refuse(here, `the flag ${JSON.stringify(unknown)}`, Object.keys(flags).join(', '))
    if (want.reason !== null && !Object.hasOwn(flags, want.reason) && want.reason !== 'foreign' && want.reason !== 'ambiguous')
      throw refuse(here, `the reason ${JSON.stringify(want.reason)}`, `foreign, ambiguous, ${Object.keys(flags).join(', ')}`)
    if ((want.reason === null) !== (want.verdict === 'accepted'))
      throw refuse(here, `${want.verdict} with the reason ${want.reason}`, 'a reason exactly where it is not accepted')
    if (want.scores.length !== 0 && want.scores.length !== labels.length)
      throw refuse(here, `${want.scores.length} scores`, `none or ${labels.length}, one for each label`)
    if ((want.top === null) !== (want.scores.length === 0) || (want.top !== null && !labels.includes(want.top)))
      throw refuse(here, `the top label ${JSON.stringify(want.top)}`, `null without scores, else one of ${labels.join(', ')}`)
    if (task !== 'value' && typeof want.value === 'number') throw refuse(here, `the value ${want.value}`, 'no value with this task')
    if (want.scores.length > 0 || typeof want.value === 'number') scored++
  })
  if (scored < MIN_SCORED_CASES) throw refuse(where, `${scored} cases with scores or a value`, `at least ${MIN_SCORED_CASES}`)
}

const refuse = (where: string, seen: string, allowed: string): Failure => new Failure('BUNDLE_INVALID', { where, seen, allowed })

/** Runs one check of another room and tells its failure as one of the bundle. */
const inside = <T>(where: string, build: () => T): T => {
  try {
    return build()
  } catch (error) {
    const cause = asFailure(error, 'INVARIANT')
    throw new Failure('BUNDLE_INVALID', { where, seen: cause.message, allowed: 'parts that can be built', cause })
  }
}
