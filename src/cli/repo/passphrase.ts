import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { Failure } from '../../failures.js'

export const PASSPHRASE_VARIABLE = 'SPECTRO2MQTT_PASSPHRASE'

export interface PassphraseOptions {
  readonly passphraseFile?: string
  /** False by `--no-passphrase`: new keys lie open. */
  readonly passphrase?: boolean
}

/** For keys that are there: asked for at most once, and only when a locked one is needed. Null: there is none. */
export const toOpen = (options: PassphraseOptions): (() => Promise<string | null>) => {
  let known: Promise<string | null> | undefined
  return () => {
    known ??= given(options).then((words) => words ?? (process.stdin.isTTY ? ask('passphrase of the keys: ') : null))
    return known
  }
}

/** For keys that are made. Null: `--no-passphrase`. @throws Failure USAGE where nobody says, FILE_FAILED */
export const toLock = async (options: PassphraseOptions): Promise<string | null> => {
  if (options.passphrase === false) return null
  const words = await given(options)
  if (words !== null) return words
  if (!process.stdin.isTTY)
    throw new Failure('USAGE', {
      where: 'passphrase',
      seen: 'none, and no terminal to ask at',
      allowed: `--passphrase-file FILE, the variable ${PASSPHRASE_VARIABLE}, or --no-passphrase for keys that lie open`,
    })
  const first = await ask('passphrase for the new keys: ')
  if (first !== '' && first === (await ask('once more: '))) return first
  throw new Failure('USAGE', {
    where: 'passphrase',
    seen: first === '' ? 'an empty one' : 'two different ones',
    cure: 'type it again, or choose --no-passphrase',
  })
}

const given = async ({ passphraseFile }: PassphraseOptions): Promise<string | null> => {
  if (passphraseFile === undefined) return process.env[PASSPHRASE_VARIABLE] || null
  const text = await readFile(passphraseFile, 'utf8').catch((cause: unknown) => {
    throw new Failure('FILE_FAILED', {
      where: `--passphrase-file ${passphraseFile}`,
      seen: cause instanceof Error ? cause.message : String(cause),
      cure: 'name a file that can be read',
      cause,
    })
  })
  const words = text.replace(/\r?\n$/, '')
  if (words === '' || words.includes('\n'))
    throw new Failure('USAGE', {
      where: `--passphrase-file ${passphraseFile}`,
      seen: words === '' ? 'an empty file' : 'several lines',
      allowed: 'one line',
    })
  return words
}

/** Shows the question and nothing of the answer. */
const ask = async (question: string): Promise<string> => {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true })
  // Only now, with the echo of the terminal off: what is typed ahead would be shown.
  process.stderr.write(question)
  // Ctrl-C and Ctrl-D: without an answer there is nothing to go on with.
  const stop = new AbortController()
  lines.once('SIGINT', () => stop.abort()).once('close', () => stop.abort())
  try {
    return await lines.question('', { signal: stop.signal })
  } catch (cause) {
    throw new Failure('ABORTED', { where: 'passphrase', cause })
  } finally {
    lines.close()
    process.stderr.write('\n')
  }
}
