import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { Command } from 'commander'
import { Failure } from '../../failures.js'
import { DAY_MS } from '../../repository/metadata.js'
import { nodeFiles } from '../../repository/node-files.js'
import { type Verified, verify } from '../../repository/verify.js'
import { systemClock } from '../../system-clock.js'
import { say } from './say.js'

/** `repo verify DIR|FOLDER`. */
export const verifyCommand = (): Command =>
  new Command('verify')
    .summary('go through a repository, or what was published of it, as an agent would; say what expires when')
    .argument('<dir>', 'the folder of the repository, or a published one')
    .option('--root <file>', 'the root that the agents have; without it, the first of the folder itself')
    .option('--json', 'one JSON document on standard output')
    .addHelpText('after', '\nKeys: none.\nFor example:\n  spectro2mqtt repo verify /var/www/models --root root.json')
    .action(async (dir: string, { root, json }: { root?: string; json?: boolean }) => {
      const trusted = root === undefined ? null : await readFile(root).catch((cause: unknown) => refuse(root, cause))
      const verified = await verify(nodeFiles, resolve(dir), trusted)
      say(json, verified, lines(verified, systemClock.wallMs()))
    })

const refuse = (root: string, cause: unknown): never => {
  throw new Failure('FILE_FAILED', {
    where: `--root ${root}`,
    seen: cause instanceof Error ? cause.message : String(cause),
    cure: 'name a root.json that can be read',
    cause,
  })
}

const lines = ({ roles, targets }: Verified, nowMs: number): readonly string[] => [
  ...roles.map(({ role, version, expiresMs, keys, threshold }) => {
    const days = Math.floor((expiresMs - nowMs) / DAY_MS)
    return `${role.padEnd(12)} version ${String(version).padEnd(4)} expires ${new Date(expiresMs).toISOString().slice(0, 16)}Z, in ${days} days; ${threshold} of ${keys.map((id) => id.slice(0, 16)).join(', ')}`
  }),
  ...targets.map(({ path, bytes, role, custom }) => {
    const more = custom ? `${custom.version}, seq ${custom.seq}, rollout ${custom.rollout.percent} %` : 'no custom part'
    return `${path}  ${more}, ${bytes} bytes, by ${role}`
  }),
  `verifies: ${targets.length} bundles`,
]
