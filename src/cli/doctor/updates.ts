import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { asFailure } from '../../failures.js'
import type { Settings } from '../../settings/schema.js'
import type { Clock } from '../../spectrum/clock.js'
import { type Check, type Finding, fail, ok, warn } from './check.js'

/** Milliseconds for root, timestamp, snapshot and lists of a repository. */
const REPOSITORY_MS = 8000
/** Milliseconds before the metadata expire in which somebody should have renewed them. */
const SOON_MS = 24 * 3600 * 1000

/** Takes the metadata as an agent would that never asked before, from the configured root on, and forgets them: the trust of the agent stays as it is. */
const repositoryFinding = async (updates: Settings['updates'], clock: Clock, signal: AbortSignal): Promise<Finding> => {
  const [{ trustOf }, { nodeDisk }] = await Promise.all([import('../../station/open-trust.js'), import('../../updates/disk.js')])
  const directory = await mkdtemp(join(tmpdir(), 'spectro2mqtt-doctor-'))
  try {
    const trust = trustOf({ updates, state: { directory } }, { disk: nodeDisk, clock, proxies: process.env })
    const listing = await trust?.refresh(signal)
    if (listing === undefined) return ok('none is configured')
    const { targets, expiresMs, refused = [] } = listing
    const seen = `${updates.repository}: signed as ${updates.root} says, models: ${targets.length}, valid until ${new Date(expiresMs).toISOString()}`
    const [line] = refused
    if (line) return warn(`${seen}; the line ${line.line} is not believed: ${line.failure.message}`, 'whoever publishes that line signs it anew')
    return expiresMs - clock.wallMs() < SOON_MS ? warn(seen, 'whoever publishes the models renews it: spectro2mqtt repo refresh') : ok(seen)
  } catch (error) {
    const finding = fail(asFailure(error, 'NETWORK_FAILED', updates.repository ?? 'updates.repository'))
    return { ...finding, cure: finding.cure ?? 'check updates.repository and updates.root with whoever publishes the models' }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

/** Nothing to look at where no repository is configured. */
export const updateChecks = ({ updates }: Pick<Settings, 'updates'>, clock: Clock): readonly Check[] =>
  updates.repository === null ? [] : [{ name: 'repository', deadlineMs: REPOSITORY_MS, run: (signal) => repositoryFinding(updates, clock, signal) }]
