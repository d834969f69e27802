import { Failure } from '../failures.js'
import type { Axis } from '../spectrum/axis.js'
import { mapRunner } from './apply-map.js'
import type { Step, Unfit } from './contract.js'
import { composed, composedTaps, MAX_TAPS } from './linear-map.js'
import { operations } from './operations.js'
import type { Stage } from './stage.js'

/** The steps of a chain as one run, without the check at the end: NaN may come out as the mask. */
export interface Sequence {
  readonly output: Axis
  /** 1 for each input channel on which any output channel depends. */
  readonly uses: Uint8Array
  /** 1 for each output channel that is NaN whatever comes in. */
  readonly never: Uint8Array
  readonly scalars: Readonly<Record<string, number>>
  run(input: Float64Array, output: Float64Array): Unfit | null
}

/** Binds each step to its axis; neighbouring linear steps become one map unless `fold` is false (for comparison). */
export const buildSequence = (steps: readonly Step[], axis: Axis, where: string, fold = true): Sequence => {
  const stages: Stage[] = []
  let at = axis
  steps.forEach((step, i) => {
    const stage = bound(step, at, `${where}, step ${i + 1}`)
    at = stage.output
    const before = stages.at(-1)
    if (fold && stage.kind === 'linear' && before?.kind === 'linear' && composedTaps(stage.map, before.map) <= MAX_TAPS)
      stages.splice(-1, 1, { ...stage, map: composed(stage.map, before.map) })
    else stages.push(stage)
  })
  const scalars = noted(stages, where)
  return { output: at, uses: usedBy(stages, axis), never: neverFed(stages, axis), scalars, run: runner(stages, scalars) }
}

const bound = (step: Step, axis: Axis, where: string): Stage => {
  const operation = operations.get(step.op)
  if (operation) return operation.bind(step, axis, `${where} (${step.op})`)
  throw new Failure('CHAIN_INVALID', { where, seen: `the operation ${JSON.stringify(step.op)}`, allowed: [...operations.keys()].join(', ') })
}

/** The array that each stage fills stands ready; the last one fills the caller's. */
const runner = (stages: readonly Stage[], scalars: Record<string, number>): Sequence['run'] => {
  const note = (name: string, value: number) => {
    scalars[name] = value
  }
  const links = stages.map((stage, i) => ({
    run: stage.kind === 'linear' ? linearRun(mapRunner(stage.map)) : stage.run,
    buffer: i + 1 < stages.length ? new Float64Array(stage.output.values.length) : null,
  }))
  return (input, output) => {
    if (links.length === 0) output.set(input)
    let from = input
    for (const { run, buffer } of links) {
      const to = buffer ?? output
      const unfit = run(from, to, note)
      if (unfit) return unfit
      from = to
    }
    return null
  }
}

const linearRun = (apply: ReturnType<typeof mapRunner>) => (from: Float64Array, to: Float64Array) => {
  apply(from, to)
  return null
}

const noted = (stages: readonly Stage[], where: string): Record<string, number> => {
  const scalars: Record<string, number> = {}
  for (const stage of stages) {
    if (stage.kind !== 'free' || stage.notes === undefined) continue
    if (Object.hasOwn(scalars, stage.notes))
      throw new Failure('CHAIN_INVALID', { where, seen: `two steps that note "${stage.notes}"`, allowed: 'a name of its own for each' })
    scalars[stage.notes] = Number.NaN
  }
  return scalars
}

/** From the end to the start: which channels does each stage ask for. A level is not an output channel, so it asks for none. */
const usedBy = (stages: readonly Stage[], axis: Axis): Uint8Array => {
  let wanted = new Uint8Array((stages.at(-1)?.output ?? axis).values.length).fill(1)
  for (let i = stages.length - 1; i >= 0; i--) {
    const stage = stages[i]
    if (!stage) break
    const needed = new Uint8Array((stages[i - 1]?.output ?? axis).values.length)
    if (stage.kind === 'free' && stage.depends === 'all') needed.fill(wanted.includes(1) ? 1 : 0)
    else
      wanted.forEach((want, channel) => {
        if (want === 0) return
        if (stage.kind === 'linear')
          for (let k = stage.map.from[channel] ?? 0; k < (stage.map.from[channel + 1] ?? 0); k++) needed[stage.map.columns[k] ?? 0] = 1
        else if (stage.depends === 'own') needed[channel] = 1
        else if (stage.depends !== 'all') needed.fill(1, ...stage.depends(channel))
      })
    wanted = needed
  }
  return wanted
}

/** From the start to the end: which channels are NaN whatever comes in. */
const neverFed = (stages: readonly Stage[], axis: Axis): Uint8Array => {
  let never = new Uint8Array(axis.values.length)
  for (const stage of stages) {
    const anyNever = never.includes(1)
    const sameChannels = stage.output.values.length === never.length
    const next = new Uint8Array(stage.output.values.length)
    for (let channel = 0; channel < next.length; channel++) {
      if (stage.kind === 'linear') {
        let lost = Number.isNaN(stage.map.bias[channel])
        for (let k = stage.map.from[channel] ?? 0; k < (stage.map.from[channel + 1] ?? 0); k++) lost ||= never[stage.map.columns[k] ?? 0] === 1
        next[channel] = lost ? 1 : 0
      } else if (stage.never?.[channel]) next[channel] = 1
      else if (typeof stage.depends === 'function') next[channel] = never.subarray(...stage.depends(channel)).includes(1) ? 1 : 0
      else next[channel] = sameChannels ? (never[channel] ?? 0) : anyNever ? 1 : 0
    }
    never = next
  }
  return never
}
