import { join } from 'node:path'
import type { Outcome } from '../../repository/change.js'
import type { Published } from '../../repository/publish.js'

/** One JSON document, or lines for a person. */
export const say = (json: boolean | undefined, document: unknown, lines: readonly string[]): void => {
  process.stdout.write(`${json ? JSON.stringify(document, null, 2) : lines.join('\n')}\n`)
}

/** What is left to do after a change. */
export const next = (directory: string, { pending, gap }: Outcome): readonly string[] => [
  ...(gap
    ? ['a former key was not here: until you publish, agents see nothing of this; a power cut while publishing is mended by publishing again']
    : []),
  pending
    ? `not in force yet: no keys of snapshot and timestamp here. Take the folder to the machine that has them, and there: spectro2mqtt repo refresh ${directory}`
    : `in force here. To let agents see it: spectro2mqtt repo publish ${directory} --out FOLDER`,
]

export const publishedLines = (out: string, { timestamp, bundles, written, gap }: Published): readonly string[] => [
  `${out}: timestamp ${timestamp}, ${bundles} bundles listed, ${written} files written`,
  ...(gap ? ['a former key had not signed along: agents that asked in that moment will ask again'] : []),
  `serve this folder with any static web server; agents name its address in updates.repository, and a root of ${join(out, 'metadata')} in updates.root`,
]
