import { type Axis, axisUnits } from '../../spectrum/axis.js'

/** Something a person should know before trusting a model. `ids` names at most MAX_FINDING_IDS spectra of `count`. */
export interface Finding {
  readonly code: string
  readonly text: string
  readonly ids: readonly string[]
  readonly count: number
}

/** Spectra that one finding names. */
export const MAX_FINDING_IDS = 20
/** Ranges, words or pairs that one text names. */
const MAX_NAMED = 12

/** @param ids of all spectra that it is about */
export const finding = (code: string, text: string, ids: readonly string[]): Finding => ({
  code,
  text,
  ids: ids.slice(0, MAX_FINDING_IDS),
  count: ids.length,
})

/** "a, b, c", and how many more where there are too many to read. */
export const listed = (words: readonly string[], most = MAX_NAMED): string =>
  words.length <= most ? words.join(', ') : `${words.slice(0, most).join(', ')} and ${words.length - most} more`

/** Channels as runs: "1000 to 1010, 1050 nm". @param channels ascending indices */
export const ranges = ({ values, kind }: Axis, channels: readonly number[]): string => {
  const runs: { from: number; to: number }[] = []
  for (const channel of channels) {
    const run = runs.at(-1)
    if (run !== undefined && run.to === channel - 1) run.to = channel
    else runs.push({ from: channel, to: channel })
  }
  const at = (channel: number) => String(values[channel] ?? channel)
  return `${listed(runs.map(({ from, to }) => (from === to ? at(from) : `${at(from)} to ${at(to)}`)))} ${axisUnits[kind]}`
}
