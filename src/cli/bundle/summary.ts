import type { Bundle } from '../../models/bundle.js'
import { CLASSWISE_OBJECTS } from '../../models/decision-rules.js'
import type { Manifest } from '../../models/manifest.js'
import { flagsOf, ruleOf } from '../../models/rule.js'
import { axisUnits } from '../../spectrum/axis.js'
import { flags } from '../../spectrum/flags.js'

interface Sizes {
  readonly file: string
  readonly sha256: string
  readonly bytes: number
  readonly graphBytes: number
  readonly goldenCases: number
}

/** Labels that are named before "and so on". */
const MAX_LABELS = 30

/** A bundle for a person who wants to know whether to use it. */
export const summaryOf = ({ manifest, prepared }: Bundle, { file, sha256, bytes, graphBytes, goldenCases }: Sizes): string => {
  const { id, version, title, input, chain } = manifest
  const { kind, values } = input.axis
  return [
    `${id} ${version}: ${title}`,
    line('file', `${file}, ${bytes} bytes, SHA-256 ${sha256}`),
    line('answers', answers(manifest)),
    line('measured as', `${input.quantity}, light collected in ${input.geometry}`),
    line(
      'instruments',
      `${manifest.families?.join(', ') || 'any'} with ${values[0]} to ${values.at(-1)} ${axisUnits[kind]} (${kind}; made for ${values.length} channels)`,
    ),
    line('chain', chain.map(stepInWords).join(' > ')),
    line('graph', `${graphBytes} bytes, ${prepared.values.length} channels in, ${manifest.outputs.labels.length} out`),
    line('gate', gateInWords(manifest)),
    line('decision', decisionInWords(manifest)),
    ...flagsOf(manifest, ruleOf(manifest)).map((flag) => line('flag', `every answer carries ${flag}: ${flags[flag].text}`)),
    line('golden', `${goldenCases} spectra with the answers that it must give`),
    ...provenanceInWords(manifest),
  ].join('\n')
}

const line = (name: string, text: string): string => `  ${name.padEnd(12)} ${text}`

const answers = ({ task, outputs: { labels, unit } }: Manifest): string => {
  if (task === 'value') return `a value: ${labels[0]}${unit ? ` in ${unit}` : ''}`
  if (task === 'identity') return `whether it is ${labels[0]}`
  const more = labels.length > MAX_LABELS ? ` and ${labels.length - MAX_LABELS} more` : ''
  return `one of ${labels.length} labels: ${labels.slice(0, MAX_LABELS).join(', ')}${more}`
}

/** The name of a step with its short settings; lists are counted, a grid told by its ends. */
const stepInWords = (step: Manifest['chain'][number]): string => {
  const settings = Object.entries(step).flatMap(([key, value]) => {
    if (key === 'op') return []
    if (!Array.isArray(value)) return [`${key} ${String(value)}`]
    return [
      value.length > 4 ? `${key} of ${value.length}${key === 'grid' ? ` from ${value[0]} to ${value.at(-1)}` : ''}` : `${key} ${value.join(' ')}`,
    ]
  })
  return settings.length === 0 ? step.op : `${step.op} (${settings.join(', ')})`
}

const gateInWords = ({ gate }: Manifest): string =>
  gate
    ? `lets ${100 * (1 - gate.alpha)} % of the known pass; ${gate.k} components of ${gate.objects} objects${Object.keys(gate.scalars).length > 0 ? `; looks at ${Object.keys(gate.scalars).join(', ')}` : ''}`
    : 'none: it answers to everything'

const decisionInWords = (manifest: Manifest): string => {
  const { task, limits, range, decision, outputs } = manifest
  const what = task === 'value' ? 'intervals' : 'prediction sets'
  const unbounded = flagsOf(manifest, ruleOf(manifest)).includes('interval-unavailable')
  const conformal = unbounded ? undefined : manifest.conformal
  const own = conformal ? Object.values(conformal.classes).filter((scores) => scores.length >= CLASSWISE_OBJECTS).length : 0
  const parts = [
    ...(unbounded ? [`no ${what}: too few objects`] : []),
    ...(conformal
      ? [`${what} at ${100 * (1 - conformal.alpha)} % from ${conformal.objects} ${conformal.unit === 'object' ? 'objects' : 'spectra'}`]
      : []),
    ...(conformal && task === 'class' ? [`${own} of ${outputs.labels.length} labels by scores of their own`] : []),
    ...(limits.confidence === undefined ? [] : [`the only label must reach ${limits.confidence}`]),
    ...(limits.interval ? [`ambiguous at ${limits.interval.join(' and ')}`] : []),
    ...(range ? [`known from ${range[0]} to ${range[1]}`] : []),
    ...(decision ? [`${decision.method} of ${decision.scans} scans, hysteresis ${decision.hysteresis}`] : []),
  ]
  return parts.length === 0 ? 'each spectrum for itself' : parts.join('; ')
}

const provenanceInWords = ({ provenance }: Manifest): readonly string[] => {
  if (provenance === undefined) return [line('made from', 'nothing that it names')]
  const { data, dataSha256, citation, licence, target, classes, split, figures, winner, findings } = provenance
  return [
    line('made from', `${data} (SHA-256 ${dataSha256})`),
    ...(citation === '' ? [] : [line('cite', citation)]),
    line('licence', licence),
    line('target', `${target}; ${classes}`),
    line('judged by', split),
    ...(winner === undefined ? [] : [line('winner', winner)]),
    ...Object.entries(figures).map(([name, { value, interval }]) =>
      line('figure', `${name} ${short(value)}${interval ? ` (95 %: ${short(interval[0])} to ${short(interval[1])})` : ''}`),
    ),
    ...(findings ?? []).map((finding) => line('know that', finding)),
  ]
}

const short = (value: number): string => String(Number(value.toPrecision(4)))
