import { accessSync, constants, existsSync, readdirSync, statSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { Failure } from '../../failures.js'
import type { Settings } from '../../settings/schema.js'
import { type Check, type Finding, fail, ok, warn } from './check.js'

/** MiB below which the agent will soon stop. */
const LEAST_MIB = 16
/** Milliseconds for a slow SD card to read what is checked. */
const STORE_MS = 6000

/** Free space against what is needed at once and what the outbox may grow to; MiB. */
export const spaceFinding = (freeMiB: number, maxMiB: number, where: string): Finding => {
  if (freeMiB < LEAST_MIB)
    return fail(
      new Failure('STORE_FAILED', { where, seen: `${freeMiB} MiB free`, allowed: `${LEAST_MIB} MiB or more`, cure: 'make room on this disk' }),
    )
  return freeMiB < maxMiB
    ? warn(`${freeMiB} MiB free, and the outbox may grow to ${maxMiB} MiB`, 'make room, or lower outbox.maxMiB')
    : ok(`${freeMiB} MiB free`)
}

/** Whether this user can use the folder, or make it. Touches nothing. */
export const folderFinding = (directory: string): Finding => {
  const folder = existing(directory)
  let path = folder
  try {
    // The folder first: what cannot be entered cannot be listed either.
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK)
    const inside = folder === resolve(directory) ? readdirSync(folder).filter((name) => /\.db(-wal|-shm)?$|^lock$/.test(name)) : []
    for (const name of inside) {
      path = join(folder, name)
      accessSync(path, constants.R_OK | constants.W_OK)
    }
  } catch (cause) {
    const cure = `give it to the user of the agent (chown -R USER ${directory}), run the doctor as that user, or set state.directory to a folder of this one`
    return fail(new Failure('STATE_DENIED', { where: path, seen: cause instanceof Error ? cause.message : String(cause), cure, cause }))
  }
  return ok(folder === resolve(directory) ? `${directory} can be written` : `${directory} will be made at the first start`)
}

/** As the agent would find it. Files that another user owns are left alone: opening could leave some behind that the agent may not touch. */
const storeFinding = async (directory: string, user: number | undefined): Promise<{ finding: Finding; held: boolean }> => {
  const { inspectFolder, sqliteVersion } = await import('../../store/inspect.js')
  const library = `SQLite ${sqliteVersion()}`
  const owner = existsSync(directory) ? statSync(directory).uid : user
  if (owner !== user)
    return {
      finding: warn(`${library}; ${directory} belongs to user ${owner} and was not opened`, `sudo -u '#${owner}' spectro2mqtt doctor`),
      held: true,
    }
  const { held, files } = inspectFolder(directory)
  if (held) return { finding: ok(`${library}; an agent runs on this folder`), held }
  const broken = files.find(({ failure }) => failure !== null)?.failure
  const whole =
    files.length === 0 ? 'nothing stored yet' : `${files.map(({ file, bytes }) => `${file} ${bytes} bytes`).join(', ')}, undamaged; no agent runs`
  return { finding: broken ? fail(broken) : ok(`${library}; ${whole}`), held }
}

/** The checks of the state folder; `held` tells whether an agent runs, or may: its instruments are then left alone. */
export const stateChecks = ({ state, outbox }: Settings): { readonly checks: readonly Check[]; readonly held: Promise<boolean> } => {
  const { directory } = state
  const store = storeFinding(directory, process.getuid?.())
  store.catch(() => {})
  return {
    held: store.then(
      ({ held }) => held,
      () => true,
    ),
    checks: [
      { name: 'state folder', deadlineMs: 2000, run: () => folderFinding(directory) },
      {
        name: 'free space',
        deadlineMs: 2000,
        run: async () => {
          const { bavail, bsize } = await statfs(existing(directory))
          return spaceFinding(Math.floor((bavail * bsize) / 1024 ** 2), outbox.maxMiB, directory)
        },
      },
      { name: 'store', deadlineMs: STORE_MS, run: async () => (await store).finding },
    ],
  }
}

/** The folder itself, or the nearest one above that exists. */
const existing = (directory: string): string => {
  let folder = resolve(directory)
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder)
  return folder
}
