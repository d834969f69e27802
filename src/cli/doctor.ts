import { Command } from 'commander'
import { asFailure } from '../failures.js'
import { createFamilies } from '../instruments/families.js'
import { listPorts } from '../links/open.js'
import { DEFAULT_CONFIG_FILE, loadSettings } from '../settings/load.js'
import type { Settings } from '../settings/schema.js'
import type { Clock } from '../spectrum/clock.js'
import { systemClock } from '../system-clock.js'
import { type Check, type Checked, exitOf, fail, ok, perform } from './doctor/check.js'
import { machineChecks } from './doctor/machine.js'

/** `doctor`: everything that the agent needs, looked at one by one. */
export const command = (): Command =>
  new Command('doctor')
    .option('--config <file>', 'the configuration file', DEFAULT_CONFIG_FILE)
    .option('--json', 'one JSON document on standard output')
    .addHelpText(
      'after',
      '\nChanges nothing, and may be asked while the agent runs; best as its user. For example:\n  sudo -u spectro2mqtt spectro2mqtt doctor --config /etc/spectro2mqtt/config.yaml\nThe exit code is 0, or that of the first failure.',
    )
    .action(async ({ config, json }: { config: string; json?: boolean }) => {
      const checks = await examineAll(config, systemClock, json ? () => {} : (checked) => print(line(checked)))
      const exit = exitOf(checks)
      process.exitCode = exit
      if (json) print(JSON.stringify({ ok: exit === 0, exit, checks }, null, 2))
      else print(`\n${summary(checks)}`)
    })

/** All findings in the order of their table, whichever came first; `done` hears each as it comes. */
export const examineAll = async (file: string, clock: Clock, done: (checked: Checked) => void): Promise<readonly Checked[]> => {
  const settings = settingsOf(file)
  const configuration: Checked =
    settings instanceof Error ? { name: 'configuration', ...fail(settings) } : { name: 'configuration', ...ok(`${file}: in order`) }
  done(configuration)
  const each = (checks: readonly Check[]): Promise<readonly Checked[]> =>
    Promise.all(
      checks.map(async (check) => {
        const checked = await perform(check)
        done(checked)
        return checked
      }),
    )
  const { checkModels } = await import('./doctor/models.js')
  const groups = settings instanceof Error ? [] : await configuredChecks(settings, clock)
  const [machine, models, ...configured] = await Promise.all([
    each(machineChecks(clock)),
    checkModels(settings instanceof Error ? null : settings.models, done),
    ...groups.map(each),
  ])
  return [configuration, ...machine, ...models, ...configured.flat()]
}

const configuredChecks = async (settings: Settings, clock: Clock): Promise<readonly (readonly Check[])[]> => {
  const [{ stateChecks }, { brokerCheck }, { instrumentChecks }, { transferChecks }, { updateChecks }] = await Promise.all([
    import('./doctor/state.js'),
    import('./doctor/broker.js'),
    import('./doctor/instruments.js'),
    import('./doctor/transfers.js'),
    import('./doctor/updates.js'),
  ])
  const { checks, held } = stateChecks(settings)
  return [
    checks,
    [brokerCheck(settings, clock)],
    updateChecks(settings, clock),
    instrumentChecks({ settings, families: createFamilies(), ports: listPorts, held }),
    transferChecks(settings.instruments, settings.models),
  ]
}

const settingsOf = (file: string) => {
  try {
    return loadSettings(file)
  } catch (error) {
    return asFailure(error, 'CONFIG_INVALID', file)
  }
}

/** One finding for people; the cure below it. */
export const line = ({ status, name, seen, cure }: Checked): string =>
  [`${status.padEnd(5)} ${name}: ${seen}`, ...(cure === null ? [] : [`      what to do: ${cure}`])].join('\n')

const summary = (checks: readonly Checked[]): string => {
  const count = (status: Checked['status']) => checks.filter((checked) => checked.status === status).length
  return count('fail') === 0 && count('warn') === 0
    ? `All ${checks.length} in order.`
    : `${count('ok')} in order, ${count('warn')} to look at, ${count('fail')} failed.`
}

const print = (text: string): void => {
  process.stdout.write(`${text}\n`)
}
