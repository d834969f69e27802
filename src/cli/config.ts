import { Command } from 'commander'
import { stringify } from 'yaml'
import { jsonSchema } from '../settings/fields.js'
import { DEFAULT_CONFIG_FILE, loadSettings, parseSettings } from '../settings/load.js'
import { annotatedExample, referencePage } from '../settings/pages.js'

/** `config check | print | schema`. Checking also looks at the files that the configuration names. */
export const command = (): Command => {
  const config = new Command('config').addHelpText(
    'after',
    '\nTo begin:\n  spectro2mqtt config print --annotated > config.yaml\n  spectro2mqtt config check --config config.yaml',
  )
  config
    .command('check')
    .summary('say whether a configuration can be used, and name the line of each mistake')
    .option('--config <file>', 'the configuration file', DEFAULT_CONFIG_FILE)
    .option('--json', 'one JSON document on standard output')
    .action(async ({ config: file, json }: { config: string; json?: boolean }) => {
      const settings = loadSettings(file)
      const [{ checkReach }, { createFamilies }] = await Promise.all([import('./config-files.js'), import('../instruments/families.js')])
      await checkReach(file, settings, createFamilies())
      if (json) return print(JSON.stringify({ file, ok: true, settings }, null, 2))
      const { instruments, models } = settings
      print(`${file}: in order. ${count(instruments.length, 'instrument')} configured, ${count(Object.keys(models).length, 'model slot')}.`)
    })
  config
    .command('print')
    .summary('show the settings in force, defaults filled in')
    .option('--config <file>', 'the configuration file; without it, the defaults')
    .option('--annotated', 'a file to start from: every key with its default and what it means')
    .option('--reference', 'the reference page of all keys (Markdown)')
    .option('--json', 'as JSON')
    .action(({ config: file, annotated, reference, json }: { config?: string; annotated?: boolean; reference?: boolean; json?: boolean }) => {
      if (annotated) return print(annotatedExample())
      if (reference) return print(referencePage())
      const settings = file === undefined ? parseSettings('', 'defaults') : loadSettings(file)
      print(json ? JSON.stringify(settings, null, 2) : stringify(settings).trimEnd())
    })
  config
    .command('schema')
    .summary('the JSON Schema of the file, for editors')
    .action(() => print(JSON.stringify(jsonSchema(), null, 2)))
  return config
}

const print = (text: string): void => {
  process.stdout.write(`${text}\n`)
}

const count = (n: number, thing: string): string => `${n} ${thing}${n === 1 ? '' : 's'}`
