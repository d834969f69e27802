import { stringify } from 'yaml'
import { type Field, fields } from './fields.js'

/** Characters of a line of the annotated example. */
const WIDTH = 118

/**
 * A configuration to start from: every key with its default, and above it what it means. Lists and named entries are shown as
 * one commented entry. It reads back as the defaults themselves.
 */
export const annotatedExample = (): string =>
  [
    '# Configuration of spectro2mqtt. Every key may be left out: what stands here is the default.',
    '# Paths are relative to this file. Check it with: spectro2mqtt config check --config FILE',
    '',
    ...fields().flatMap((field) => [...section(field), '']),
  ].join('\n')

/** The reference page (Markdown): one table row for each key. */
export const referencePage = (): string =>
  [
    '# Settings',
    '',
    'Every key of the configuration file, made from the schema (`spectro2mqtt config schema` prints it as JSON Schema). All keys may be left out.',
    '',
    '| key | what may stand there | default | meaning |',
    '| --- | --- | --- | --- |',
    ...fields().flatMap((field) => rows('', field)),
    '',
  ].join('\n')

const section = (field: Field): readonly string[] => {
  const entry = isList(field) || isNamed(field)
  if (!entry) return [...comment(field.description, ''), `${field.key}:`, ...field.children.flatMap((child) => lines(child, '  '))]
  const shown = isNamed(field) ? ['default:', ...(field.children[0]?.children ?? []).map((child) => `  ${bare(child)}`)] : listEntry(field)
  return [...comment(field.description, ''), `${field.key}: ${isNamed(field) ? '{}' : '[]'}`, ...shown.map((line) => `#  ${line}`)]
}

const listEntry = (field: Field): readonly string[] =>
  field.children.flatMap((child, i) => [
    ...comment(child.description, '  ').map((line) => line.trimEnd()),
    ...nested(child).map((line, j) => `${i === 0 && j === 0 ? '- ' : '  '}${line}`),
  ])

const nested = (child: Field): readonly string[] =>
  child.children.length === 0 || child.key === 'trigger' ? [bare(child)] : [`${child.key}:`, ...child.children.flatMap((grand) => lines(grand, '  '))]

const lines = (field: Field, indent: string): readonly string[] =>
  field.children.length === 0 || isList(field)
    ? [...comment(field.description, indent), `${indent}${bare(field)}`]
    : [...comment(field.description, indent), `${indent}${field.key}:`, ...field.children.flatMap((child) => lines(child, `${indent}  `))]

/** A key that has no default is shown with a placeholder in capitals. */
const bare = ({ key, fallback }: Field): string => `${key}: ${fallback === '' ? (examples[key] ?? '...') : inYaml(fallback)}`

/** What to show for the keys without a default. */
const examples: Readonly<Record<string, string>> = { link: 'serial:/dev/ttyUSB0', bundle: 'models/NAME.s2m' }

const inYaml = (json: string): string => stringify(JSON.parse(json), { collectionStyle: 'flow' }).trim()

const isList = (field: Field) => field.type === 'list'
const isNamed = (field: Field) => field.children[0]?.key === '<name>'

const comment = (text: string, indent: string): readonly string[] => {
  const out: string[] = []
  let line = `${indent}#`
  for (const word of text.split(' ')) {
    if (line.length + 1 + word.length > WIDTH) {
      out.push(line)
      line = `${indent}#`
    }
    line += ` ${word}`
  }
  return [...out, line]
}

const rows = (prefix: string, field: Field): readonly string[] => {
  const key = `${prefix}${field.key}`
  const below = isList(field) ? `${key}[].` : `${key}.`
  const cell = (text: string) => text.replaceAll('|', '\\|')
  return [
    `| \`${key}\` | ${cell(field.type)} | ${field.fallback === '' ? '' : `\`${cell(field.fallback)}\``} | ${cell(field.description)} |`,
    ...field.children.flatMap((child) => rows(below, child)),
  ]
}
