import type { Command } from 'commander'

interface Entry {
  readonly summary: string
  readonly load: () => Promise<{ command: () => Command }>
}

/** Every command with its one-line summary; its module is imported only when it is asked for. */
export const commands: Readonly<Record<string, Entry>> = {
  run: { summary: 'the agent: reads every instrument, answers over MQTT', load: () => import('./run.js') },
  demo: { summary: 'see it work: an embedded broker, an emulated instrument and the agent', load: () => import('./demo.js') },
  devices: { summary: 'what is attached and whether it can be used; the kinds of instrument that are known', load: () => import('./devices.js') },
  doctor: { summary: 'what would keep the agent from working, with the cure', load: () => import('./doctor.js') },
  measure: { summary: 'one measurement, or a dark or white reference, while no agent runs', load: () => import('./measure.js') },
  record: { summary: 'labelled spectra into a data set folder, while no agent runs', load: () => import('./record.js') },
  simulate: { summary: 'an emulated instrument on a TCP port, a pseudo-terminal or USB/IP', load: () => import('./simulate.js') },
  config: { summary: 'check, print or describe the configuration', load: () => import('./config.js') },
  train: { summary: 'make a model bundle from a data set folder', load: () => import('./train.js') },
  evaluate: { summary: 'how good a bundle is on labelled spectra', load: () => import('./evaluate.js') },
  transfer: { summary: 'make a bundle right on another instrument, by standards', load: () => import('./transfer.js') },
  predict: { summary: 'what a bundle answers to each spectrum, as a table', load: () => import('./predict.js') },
  bundle: { summary: 'inspect or verify a bundle, or make one from a TF.js model', load: () => import('./bundle.js') },
  repo: { summary: 'sign bundles for remote updates and publish them', load: () => import('./repo.js') },
}
