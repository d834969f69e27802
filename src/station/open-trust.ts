import { readFile } from 'node:fs/promises'
import { Failure } from '../failures.js'
import type { Settings } from '../settings/schema.js'
import type { Clock } from '../spectrum/clock.js'
import type { Disk } from '../updates/contract.js'
import { openRepository } from '../updates/repository.js'
import type { ProxyVariables } from '../updates/transports/proxy.js'
import { openTrust, type Trust } from '../updates/trust.js'
import { BUILT_NOT_BEFORE_MS } from './clock-trust.js'

/** Bytes of a file that the settings name: a root of trust, credentials, certificates. */
const MAX_FILE_BYTES = 1024 * 1024

/** The repository that the settings name, and the first trust in it; null where they name none. @throws Failure CONFIG_INVALID, STORE_FAILED */
export const trustOf = async (
  { updates, state }: Pick<Settings, 'updates' | 'state'>,
  { disk, clock, proxies }: { readonly disk: Disk; readonly clock: Clock; readonly proxies: ProxyVariables },
): Promise<Trust | null> => {
  const { repository, root, credentialsFile, caFile } = updates
  if (repository === null || root === null) return null
  const textOf = async (key: string, path: string | null) => (path === null ? null : (await read(key, path)).toString('utf8'))
  const credentials = (await textOf('credentialsFile', credentialsFile))?.split('\n')[0]?.trim() ?? null
  const transport = openRepository({ address: repository, credentials, ca: await textOf('caFile', caFile), proxies })
  return openTrust({ disk, state: state.directory, seedRoot: await read('root', root), transport, clock, builtMs: BUILT_NOT_BEFORE_MS })
}

const read = async (key: string, path: string): Promise<Buffer> => {
  const bytes = await readFile(path).catch((error: unknown) => {
    const seen = error instanceof Error ? error.message : String(error)
    throw new Failure('CONFIG_INVALID', { where: `updates.${key}`, seen, allowed: 'a file that can be read', cause: error })
  })
  if (bytes.length <= MAX_FILE_BYTES) return bytes
  throw new Failure('CONFIG_INVALID', { where: `updates.${key}`, seen: `${bytes.length} bytes`, allowed: `at most ${MAX_FILE_BYTES} bytes` })
}
