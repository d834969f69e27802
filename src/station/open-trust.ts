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

interface Parts {
  readonly disk: Disk
  readonly clock: Clock
  readonly proxies: ProxyVariables
}

/**
 * The repository that the settings name, and the first trust in it; null where they name none. Its files are read when it is first asked, and again
 * until that succeeds: a box that lost one, or whose stick is not in yet, answers with the model that it has.
 */
export const trustOf = (settings: Pick<Settings, 'updates' | 'state'>, parts: Parts): Trust | null => {
  if (settings.updates.repository === null) return null
  let opened: Trust | null = null
  let opening: Promise<Trust> | null = null
  const open = (): Promise<Trust> => {
    opening ??= openWith(settings, parts).then(
      (trust) => {
        opened = trust
        return trust
      },
      (error: unknown) => {
        opening = null
        throw error
      },
    )
    return opening
  }
  return {
    get listing() {
      return opened?.listing ?? null
    },
    get damaged() {
      return opened?.damaged ?? null
    },
    refresh: async (signal) => (await open()).refresh(signal),
    fetchTarget: async (target, options) => (await open()).fetchTarget(target, options),
  }
}

/** @throws Failure CONFIG_INVALID, STORE_FAILED */
const openWith = async ({ updates, state }: Pick<Settings, 'updates' | 'state'>, { disk, clock, proxies }: Parts): Promise<Trust> => {
  const textOf = async (key: string, path: string | null) => (path === null ? null : (await read(key, path)).toString('utf8'))
  const credentials = (await textOf('credentialsFile', updates.credentialsFile))?.split('\n')[0]?.trim() ?? null
  const ca = await textOf('caFile', updates.caFile)
  const transport = openRepository({ address: updates.repository ?? '', credentials, ca, proxies })
  const seedRoot = await read('root', updates.root ?? '')
  return openTrust({ disk, state: state.directory, seedRoot, transport, clock, builtMs: BUILT_NOT_BEFORE_MS })
}

const read = async (key: string, path: string): Promise<Buffer> => {
  const bytes = await readFile(path).catch((error: unknown) => {
    const seen = error instanceof Error ? error.message : String(error)
    throw new Failure('CONFIG_INVALID', { where: `updates.${key}`, seen, allowed: 'a file that can be read', cause: error })
  })
  if (bytes.length <= MAX_FILE_BYTES) return bytes
  throw new Failure('CONFIG_INVALID', { where: `updates.${key}`, seen: `${bytes.length} bytes`, allowed: `at most ${MAX_FILE_BYTES} bytes` })
}
