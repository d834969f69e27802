import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { fields, jsonSchema } from '../../src/settings/fields.js'
import { parseSettings } from '../../src/settings/load.js'
import { annotatedExample, referencePage } from '../../src/settings/pages.js'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..')

t.test('the annotated example reads back as the defaults', async (t) => {
  t.strictSame(parseSettings(annotatedExample(), 'example'), parseSettings('', 'nothing'))
})

t.test('the example still holds with its commented entries switched on', async (t) => {
  const on = annotatedExample()
    .replace(/^instruments: \[\]$/m, 'instruments:')
    .replace(/^models: \{\}$/m, 'models:')
    .replace(/^#( {2,}(?:- |[a-zA-Z]+:|# ).*)$/gm, '$1')
    .replace('family: null', 'family: chromation')
  const { instruments, models } = parseSettings(on, 'example')
  t.match(instruments, [{ link: 'serial:/dev/ttyUSB0', integrationUs: 100_000, references: { policy: 'refuse' } }])
  t.match(models, { default: { bundle: 'models/NAME.s2m' } })
})

t.test('the shipped example and the reference page are what the schema makes', async (t) => {
  t.equal(
    readFileSync(resolve(root, 'config/config.yaml'), 'utf8'),
    `${annotatedExample()}\n`,
    'npx spectro2mqtt config print --annotated > config/config.yaml',
  )
  t.equal(
    readFileSync(resolve(root, 'docs/settings.md'), 'utf8'),
    `${referencePage()}\n`,
    'npx spectro2mqtt config print --reference > docs/settings.md',
  )
})

t.test('every key is described, and no key is required', async (t) => {
  const walk = (list: ReturnType<typeof fields>, path: string): void => {
    for (const { key, description, children } of list) {
      if (key !== '<name>') t.not(description, '', `${path}${key}`)
      walk(children, `${path}${key}.`)
    }
  }
  walk(fields(), '')
  t.strictSame(jsonSchema().required ?? [], [])
})
