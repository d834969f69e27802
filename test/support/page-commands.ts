import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { MAIN, PROJECT } from './command.js'

/** Milliseconds after which a page is given up, so that a failing test shows what was printed by then. */
const GIVE_UP_MS = 180_000

/** A piece of a page that is run as it stands there: the fence after the comment `run`, and what the page shows of its output. */
export interface Block {
  /** Line of the page at which it begins. */
  readonly line: number
  readonly commands: string
  /** Lines of a fence after the comment `shows`: each is found in the output, in this order. `...` stands for anything within a line. */
  readonly shown: readonly string[]
}

/** The blocks of a page in their order. @throws for a comment without a fence: nothing may look as if it were run */
export const blocksOf = (page: string): readonly Block[] => {
  const blocks: { line: number; commands: string; shown: readonly string[] }[] = []
  const lines = page.split('\n')
  lines.forEach((comment, at) => {
    const [, what] = /^<!-- (run|shows) -->$/.exec(comment) ?? []
    if (what === undefined) return
    const end = lines.indexOf('```', at + 2)
    if (lines[at + 1] !== (what === 'run' ? '```sh' : '```text') || end < 0) throw new Error(`line ${at + 1}: no fence after this comment`)
    const content = lines.slice(at + 2, end)
    const last = blocks.at(-1)
    if (what === 'run') blocks.push({ line: at + 3, commands: content.join('\n'), shown: [] })
    else if (last && last.shown.length === 0) last.shown = content.filter((line) => line.trim() !== '')
    else throw new Error(`line ${at + 1}: nothing was run that could show this`)
  })
  return blocks
}

/** The first line of what a page shows that the output does not hold where it should; null: all is there. */
export const missing = (shown: readonly string[], output: string): string | null => {
  const lines = output.split('\n')
  let at = 0
  for (const wanted of shown) {
    const pattern = new RegExp(`^${wanted.trim().split('...').map(literal).join('.*')}$`)
    const found = lines.findIndex((line, i) => i >= at && pattern.test(line.trim()))
    if (found < 0) return wanted
    at = found + 1
  }
  return null
}

const literal = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

export interface Ran {
  readonly block: Block
  /** False: it was not run to its end. */
  readonly done: boolean
  readonly output: string
}

export interface PageOptions {
  /** A fresh folder. */
  readonly folder: string
  /** Numbers of ports as they stand in the page, and those that are free here. */
  readonly ports: ReadonlyMap<number, number>
  /** Where the clients of mosquitto connect by themselves. */
  readonly brokerPort: number
}

/**
 * Runs the blocks of a page one after the other in one bash, as a person would paste them; ends with the first command that fails. `spectro2mqtt` is
 * the built program of this project. Whatever the page started in the background is ended.
 */
export const runPage = async (blocks: readonly Block[], { folder, ports, brokerPort }: PageOptions): Promise<readonly Ran[]> => {
  const place = (name: string) => join(folder, name)
  for (const name of ['bin', 'config', 'page', 'home']) mkdirSync(place(name))
  writeFileSync(place('bin/spectro2mqtt'), `#!/bin/sh\nexec "${process.execPath}" "${MAIN}" "$@"\n`)
  chmodSync(place('bin/spectro2mqtt'), 0o755)
  for (const client of ['mosquitto_pub', 'mosquitto_sub', 'mosquitto_rr']) writeFileSync(place(`config/${client}`), `-p ${brokerPort}\n`)
  const script = blocks.map(({ commands }, i) => {
    writeFileSync(place(`${i}.sh`), withPorts(commands, ports))
    return `source "${place(`${i}.sh`)}" > "${place(`${i}.out`)}" 2>&1\n: > "${place(`${i}.done`)}"`
  })
  writeFileSync(place('all.sh'), ['set -e -o pipefail', 'cd page', ...script, ''].join('\n'))
  const child = spawn('bash', [place('all.sh')], {
    cwd: folder,
    // A group of its own, so that all that was started in the background is ended with it.
    detached: true,
    stdio: 'ignore',
    env: {
      ...process.env,
      PATH: `${place('bin')}:${process.env['PATH'] ?? ''}`,
      HOME: place('home'),
      XDG_CONFIG_HOME: place('config'),
      PACKAGE: PROJECT,
    },
  })
  await over(child)
  const text = (name: string) => {
    try {
      return readFileSync(place(name), 'utf8')
    } catch {
      return null
    }
  }
  return blocks.map((block, i) => ({ block, done: text(`${i}.done`) !== null, output: text(`${i}.out`) ?? '' }))
}

const withPorts = (commands: string, ports: ReadonlyMap<number, number>): string =>
  [...ports].reduce((text, [written, free]) => text.replaceAll(new RegExp(`\\b${written}\\b`, 'g'), String(free)), commands)

const over = async (child: ChildProcess): Promise<void> => {
  const end = () => {
    if (child.pid === undefined) return
    try {
      process.kill(-child.pid, 'SIGKILL')
    } catch {
      // Nothing of the group is left.
    }
  }
  // However the test ends, what the page started does too.
  process.once('exit', end)
  const limit = setTimeout(end, GIVE_UP_MS)
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', () => resolve())
  })
  clearTimeout(limit)
  end()
  process.removeListener('exit', end)
}
