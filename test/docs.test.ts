import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { z } from 'zod'
import { failures } from '../src/failures.js'
import { verbs } from '../src/requests/dispatch.js'
import { flags } from '../src/spectrum/flags.js'
import { slotStateSchema } from '../src/updates/state.js'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')

const meaning = { reject: 'rejects', inform: 'informs', 'by-policy': 'by `references.policy`: rejects or informs' }
const next = { never: 'no retry helps', again: 'tries again', reopen: 'opens the port anew, with growing pauses' }

/** The page as the tables make it. `UPDATE_DOCS=1 npx tap test/docs.test.ts` writes it. */
const page = [
  '# Flags and failures',
  '',
  'Made from `src/spectrum/flags.ts` and `src/failures.ts`.',
  '',
  '## Flags of a result',
  '',
  '| flag | what it does | meaning |',
  '| --- | --- | --- |',
  ...Object.entries(flags).map(([flag, { effect, text }]) => `| \`${flag}\` | ${meaning[effect]} | ${text} |`),
  '',
  '## Failures',
  '',
  'Every message names what was seen, where, what is allowed and what to do. A command that ends with one has its exit code.',
  '',
  '| code | exit | the agent then | meaning |',
  '| --- | --- | --- | --- |',
  ...Object.entries(failures).map(([code, { exit, retry, text }]) => `| \`${code}\` | ${exit} | ${next[retry]} | ${text} |`),
  '',
].join('\n')

t.test('the page of flags and failures is what the tables say', async (t) => {
  const file = join(root, 'docs/flags-and-failures.md')
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(file, page)
  t.equal(readFileSync(file, 'utf8'), page, 'UPDATE_DOCS=1 npx tap test/docs.test.ts')
})

/** What may stand at a key of a schema, in a word or a few. */
const typeOf = (schema: z.core.JSONSchema._JSONSchema | undefined): string => {
  if (typeof schema !== 'object') return ''
  if (schema.anyOf) return schema.anyOf.map(typeOf).join(' or ')
  if (schema.enum) return schema.enum.map((value) => `\`${value}\``).join(', ')
  if (schema.const !== undefined) return `\`${schema.const}\``
  return schema.properties ? `{${Object.keys(schema.properties).join(', ')}}` : String(schema.type)
}
const stateTable = [
  '<!-- model-state/1, made from src/updates/state.ts -->',
  '| key | what stands there | meaning |',
  '| --- | --- | --- |',
  ...Object.entries(z.toJSONSchema(slotStateSchema).properties ?? {}).map(([key, schema]) => {
    const description = typeof schema === 'object' ? (schema.description ?? '') : ''
    return `| \`${key}\` | ${typeOf(schema)} | ${description} |`
  }),
  '<!-- end of model-state/1 -->',
].join('\n')

t.test('the page of topics describes the state of a slot as its schema does', async (t) => {
  const file = join(root, 'docs/topics.md')
  const written = readFileSync(file, 'utf8')
  const renewed = written.replace(/<!-- model-state[\s\S]*<!-- end of model-state\/1 -->/, () => stateTable)
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(file, renewed)
  t.match(written, '<!-- end of model-state/1 -->')
  t.equal(readFileSync(file, 'utf8'), renewed, 'UPDATE_DOCS=1 npx tap test/docs.test.ts')
})

t.test('every link of the documentation leads to a file', async (t) => {
  const pages = [
    'README.md',
    'CONTRIBUTING.md',
    'models/tablet-dose/README.md',
    ...readdirSync(join(root, 'docs'))
      .filter((name) => name.endsWith('.md'))
      .map((name) => `docs/${name}`),
  ]
  for (const name of pages)
    for (const [, target = ''] of readFileSync(join(root, name), 'utf8').matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g))
      if (!/^https?:/.test(target)) t.ok(existsSync(resolve(root, dirname(name), target)), `${name}: ${target}`)
})

t.test('every verb stands in the page of topics, every test that the README names exists', async (t) => {
  const topics = readFileSync(join(root, 'docs/topics.md'), 'utf8')
  for (const verb of Object.keys(verbs)) t.match(topics, `| \`${verb}\` |`)
  for (const [path] of readFileSync(join(root, 'README.md'), 'utf8').matchAll(/test\/[a-z/-]+(?:\.test\.ts)?/g))
    t.ok(existsSync(join(root, path)), path)
})
