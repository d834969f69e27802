import type { Command } from 'commander'

interface Entry {
  readonly summary: string
  readonly load: () => Promise<{ command: () => Command }>
}

/** Every command with its one-line summary; its module is imported only when it is asked for. */
export const commands: Readonly<Record<string, Entry>> = {
  config: { summary: 'check, print or describe the configuration', load: () => import('./config.js') },
}
