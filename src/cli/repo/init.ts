import { resolve } from 'node:path'
import { Command } from 'commander'
import { Failure } from '../../failures.js'
import { createRepository } from '../../repository/create.js'
import { makeFolder } from '../../repository/files.js'
import { memoryRing } from '../../repository/key-ring.js'
import { inMetadata, isOnline, isTopRole, metadataFile, type TopRole, topRoles } from '../../repository/layout.js'
import { nodeFiles } from '../../repository/node-files.js'
import { systemClock } from '../../system-clock.js'
import { lockOnce, type NewKeys, newKeys } from './new-keys.js'
import { say } from './say.js'
import { folderForNew, held, type KeyOptions, withKeyOptions } from './workplace.js'

interface Options extends KeyOptions {
  readonly threshold?: string
  readonly rootKeys?: string
  readonly key: readonly string[]
  readonly json?: boolean
}

/** Two of three: one root key can be lost or stolen without harm. */
const ROOT_KEYS = 3
const ROOT_THRESHOLD = 2

/** `repo init DIR`. */
export const initCommand = (): Command =>
  withKeyOptions(new Command('init'))
    .summary('make a repository and its keys')
    .argument('<dir>', 'the folder of the repository, on a machine that you trust')
    .option('--threshold <n>', `root keys that must sign together; ${ROOT_THRESHOLD} if there are as many`)
    .option('--root-keys <n>', `root keys to make; ${ROOT_KEYS} by default`)
    .option('--key <role=file>', 'take this ed25519 key (PEM, private or public) for a role instead of making any; may be given again', collect, [])
    .option('--no-passphrase', 'keys lie open on the disk')
    .addHelpText(
      'after',
      '\nKeys: makes those of root, targets, snapshot and timestamp. The first two go to --keys.\nTo begin:\n  spectro2mqtt repo init models-repo --keys /media/usb',
    )
    .action(async (dir: string, options: Options) => {
      const directory = resolve(dir)
      await makeFolder(nodeFiles, directory)
      const made = await held(directory, () => init(directory, options))
      const roles = made.map(({ role, keys, files, threshold }) => ({
        role,
        threshold,
        keys: keys.map(({ keyID }) => keyID),
        files: files.map(({ path }) => path),
      }))
      const root = inMetadata(directory, metadataFile('root', 1))
      const leaving = roles.filter(({ role }) => !isOnline(role)).flatMap(({ files }) => files)
      const staying = roles.filter(({ role }) => isOnline(role)).flatMap(({ files }) => files)
      say(options.json, { directory, root, roles, leaving, staying }, [
        `${directory}: a repository without bundles`,
        ...roles.map(
          ({ role, threshold, keys }) =>
            `  ${role.padEnd(10)} ${threshold} of ${keys.length} must sign: ${keys.map((id) => id.slice(0, 16)).join(', ')}`,
        ),
        'must leave this machine, each on a medium of its own, and be deleted here:',
        ...leaving.map((path) => `  ${path}`),
        'stay on the machine that runs "repo refresh", every day or so:',
        ...staying.map((path) => `  ${path}`),
        `agents need this file as updates.root: ${root}`,
        `next: spectro2mqtt repo add ${dir} BUNDLE.s2m --line LINE`,
      ])
    })

const collect = (text: string, before: readonly string[]): readonly string[] => [...before, text]

const init = async (directory: string, options: Options): Promise<readonly (NewKeys & { readonly threshold: number })[]> => {
  const given = givenKeys(options.key)
  const rootKeys = whole('--root-keys', options.rootKeys) ?? ROOT_KEYS
  const locked = lockOnce(options)
  const made: (NewKeys & { threshold: number })[] = []
  for (const role of topRoles) {
    const keys = await newKeys(role, folderForNew(directory, options, role), given.get(role) ?? [], role === 'root' ? rootKeys : 1, locked, options)
    const threshold = role === 'root' ? (whole('--threshold', options.threshold) ?? Math.min(ROOT_THRESHOLD, keys.keys.length)) : 1
    made.push({ ...keys, threshold })
  }
  const of = (role: TopRole) => made.find((each) => each.role === role) ?? { keys: [], threshold: 1 }
  const ring = memoryRing(made.flatMap(({ signing }) => signing))
  await createRepository(
    { files: nodeFiles, directory, ring, nowMs: systemClock.wallMs() },
    { root: of('root'), targets: of('targets'), snapshot: of('snapshot'), timestamp: of('timestamp') },
    { first: made.flatMap(({ files }) => files) },
  )
  return made
}

const givenKeys = (texts: readonly string[]): ReadonlyMap<TopRole, readonly string[]> => {
  const given = new Map<TopRole, readonly string[]>()
  for (const text of texts) {
    const [role = '', ...file] = text.split('=')
    if (!isTopRole(role) || file.length === 0)
      throw new Failure('USAGE', { where: '--key', seen: `"${text}"`, allowed: `ROLE=FILE, with a role of ${topRoles.join(', ')}` })
    given.set(role, [...(given.get(role) ?? []), file.join('=')])
  }
  return given
}

const whole = (option: string, text: string | undefined): number | undefined => {
  if (text === undefined) return undefined
  if (/^[1-9]\d?$/.test(text)) return Number(text)
  throw new Failure('USAGE', { where: option, seen: `"${text}"`, allowed: 'a whole number from 1 on' })
}
