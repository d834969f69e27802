/** One figure as measured, with the bar of the issue beside it. */
export interface Figure {
  /** Data set or sets. */
  readonly data: string
  readonly what: string
  /** `%` of right answers, or the unit of a value. */
  readonly unit: string
  readonly mean: number
  /** Standard deviation over the repeats or draws; null for a single figure. */
  readonly spread: number | null
  readonly repeats: number
  readonly bar: Bar | null
  /** Simple methods in the same run, on the same splits. */
  readonly beside: readonly { readonly name: string; readonly mean: number; readonly spread: number | null }[]
  /** What a reader must know: what was picked, by how much, what helped. */
  readonly note: string
}

export interface Bar {
  readonly side: 'at least' | 'at most'
  readonly value: number
}

/** What a protocol is given. */
export interface Context {
  /** Folder that holds the data sets. */
  readonly root: string
  /** Repeats or draws; null: as many as the issue names. */
  readonly repeats: number | null
  /** Whether networks are tried in the parts that are about networks. */
  readonly cnn: boolean
  readonly seed: number
  tell(what: string, part: number): void
}

/** One way to look at one or more data sets; runs by itself with `--only NAME`. */
export interface Protocol {
  readonly name: string
  readonly data: readonly string[]
  /** Minutes that it takes on one core of 2020, roughly: for the time that is left. */
  readonly minutes: number
  run(context: Context): Promise<readonly Figure[]>
}

export const reached = ({ bar, mean }: Figure): boolean | null => bar && (bar.side === 'at least' ? mean >= bar.value : mean <= bar.value)

export const atLeast = (value: number): Bar => ({ side: 'at least', value })
export const atMost = (value: number): Bar => ({ side: 'at most', value })

/** A Markdown table of all figures, misses included. */
export const tableOf = (figures: readonly Figure[]): string =>
  [
    '| data | figure | measured | to reach | reached | beside it | notes |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...figures.map((figure) => `| ${cellsOf(figure).join(' | ')} |`),
  ].join('\n')

const cellsOf = (figure: Figure): readonly string[] => {
  const { data, what, mean, spread, repeats, bar, beside, note, unit } = figure
  const isReached = reached(figure)
  return [
    data,
    what,
    `${said(mean, spread, unit)}${repeats > 1 ? ` (${repeats})` : ''}`,
    bar ? `${bar.side} ${said(bar.value, null, unit)}` : '',
    isReached === null ? '' : isReached ? 'yes' : '**no**',
    beside.map((one) => `${one.name} ${said(one.mean, one.spread, unit)}`).join('; '),
    note,
  ]
}

const said = (mean: number, spread: number | null, unit: string): string => {
  const digits = unit === '%' ? 1 : Math.abs(mean) < 1 ? 3 : 2
  return `${mean.toFixed(digits)}${spread === null ? '' : ` ± ${spread.toFixed(digits)}`} ${unit}`.trim()
}

/** Counts of words, the most frequent first: "snv with ridge 12, raw with pls 3". */
export const tallied = (words: readonly string[], most = 3): string => {
  const counts = new Map<string, number>()
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1)
  const ordered = [...counts].sort(([, a], [, b]) => b - a)
  const rest = ordered.slice(most).reduce((sum, [, count]) => sum + count, 0)
  return [...ordered.slice(0, most).map(([word, count]) => `${word} ${count}`), ...(rest > 0 ? [`others ${rest}`] : [])].join(', ')
}
