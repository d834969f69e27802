import type { Description } from '../../instruments/contract.js'
import type { Emulation } from './emulator.js'
import type { Advice } from './exposure.js'
import type { Hosted } from './listening.js'
import type { Samples } from './samples.js'
import { WORDS } from './words.js'

/** All that a person or a program needs to connect; the one JSON document of `--json`. */
export interface Setting {
  readonly family: string
  readonly model: string
  readonly link: string | null
  readonly attach: readonly string[]
  readonly source: string
  /** Absolute path of the file for `axis:`; null where there is none, or none is needed. */
  readonly axisFile: string | null
  readonly axisNeeded: boolean
  readonly bundle: string | null
  readonly integrationUs: number
  readonly density: number
  readonly faults: Emulation['faults']
}

interface Known {
  readonly description: Description
  readonly model: string
  readonly hosted: Pick<Hosted, 'link' | 'attach'>
  readonly samples: Pick<Samples, 'source' | 'axisFile'>
  readonly advice: Advice
  readonly faults: Emulation['faults']
  /** The bundle that knows these samples as this instrument shows them. */
  readonly bundle: string | null
}

export const settingOf = ({ description, model, hosted, samples, advice, faults, bundle }: Known): Setting => ({
  family: description.id,
  model,
  link: hosted.link,
  attach: hosted.attach,
  source: samples.source,
  axisFile: description.axisSource === 'file' ? samples.axisFile : null,
  axisNeeded: description.axisSource === 'file',
  bundle,
  ...advice,
  faults,
})

/** The same in words, with a configuration to copy and the order in which to measure. */
export const introOf = (setting: Setting): string => {
  const { family, model, source, link, attach, faults, density, integrationUs } = setting
  const white = density === 0 ? 'white' : `white ${density}`
  const option = density === 0 ? '' : ` --density ${density}`
  return [
    `An emulated ${family}, ${model}. Samples: ${source}.`,
    ...(link === null
      ? ['On a Linux with the USB/IP tools (apt install usbip), plug it in with:', ...attach.map((line) => `  ${line}`)]
      : [`Link: ${link}`]),
    '',
    'For the configuration (spectro2mqtt config print --annotated > config.yaml):',
    ...snippet(setting),
    '',
    'Then, here and in another terminal:',
    `  ${'dark'.padEnd(12)}spectro2mqtt measure --config config.yaml --dark`,
    `  ${white.padEnd(12)}spectro2mqtt measure --config config.yaml --white${option}`,
    `  ${'sample'.padEnd(12)}spectro2mqtt measure --config config.yaml`,
    ...(integrationUs === 100_000 ? [] : [`These samples want an exposure of ${integrationUs} us.`]),
    '',
    `Words: ${WORDS}`,
    `Faults: ${Object.keys(faults).join(', ')}`,
  ].join('\n')
}

const snippet = ({ link, family, axisFile, axisNeeded, integrationUs, bundle }: Setting): readonly string[] => {
  const axis = axisNeeded ? `, axis: ${JSON.stringify(axisFile ?? 'axis.csv')}` : ''
  return [
    '  instruments:',
    `    - {link: ${JSON.stringify(link ?? 'usb:BUS-PATH')}, family: ${family}${axis}, integrationUs: ${integrationUs}}`,
    ...(link === null ? ['  # "spectro2mqtt devices" shows BUS-PATH; without "instruments" it is found by itself.'] : []),
    ...(axisNeeded && axisFile === null ? ['  # simulate --axis-out axis.csv writes the axis of these samples.'] : []),
    ...(bundle === null ? [] : [`  models: {default: {bundle: ${JSON.stringify(bundle)}}}`]),
  ]
}
