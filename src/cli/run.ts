import { Command } from 'commander'
import { DEFAULT_CONFIG_FILE } from '../settings/load.js'

/** `run`: the agent, until SIGINT or SIGTERM. */
export const command = (): Command =>
  new Command('run')
    .option('--config <file>', 'the configuration file', DEFAULT_CONFIG_FILE)
    .addHelpText(
      'after',
      '\nTo begin: spectro2mqtt config print --annotated > config.yaml\nIt logs JSON lines to standard error and ends cleanly on Ctrl-C.',
    )
    .action(async ({ config }: { config: string }) => {
      const [{ loadSettings }, { createAgent }, { pino }, { systemClock }, { version }] = await Promise.all([
        import('../settings/load.js'),
        import('../agent.js'),
        import('pino'),
        import('../system-clock.js'),
        import('./version.js'),
      ])
      const settings = loadSettings(config)
      const log = pino({ level: settings.log.level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination({ dest: 2, sync: true }))
      const agent = createAgent({ settings, version: version(), clock: systemClock, log })
      const asked = new Promise<string>((resolve) => {
        for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve(signal))
        // Started through a channel (the demo): whoever started it is gone, however that happened.
        process.once('disconnect', () => resolve('disconnect'))
        // Undefined where there never was a channel.
        if (process.connected === false) resolve('disconnect')
      })
      try {
        const starting = agent.start()
        const signal = await Promise.race([starting.then(() => asked), asked, agent.failed])
        log.info({ signal }, 'stopping')
        await starting.catch(() => {})
      } finally {
        await agent.stop()
        // Listening for the end of the channel holds the process; it is done.
        if (process.connected) process.disconnect?.()
      }
    })
