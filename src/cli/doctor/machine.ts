import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { Failure } from '../../failures.js'
import type { Clock } from '../../spectrum/clock.js'
import { createClockTrust } from '../../station/clock-trust.js'
import { type Check, type Finding, fail, ok, warn } from './check.js'

/** Versions of Node that are tested (DESIGN section 12), the oldest with its minor. */
const OLDEST = { major: 20, minor: 19 } as const
const NEWEST_MAJOR = 24

export const nodeVersion = (version: string): Finding => {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const allowed = `Node ${OLDEST.major}.${OLDEST.minor} to ${NEWEST_MAJOR}`
  if (major < OLDEST.major || (major === OLDEST.major && minor < OLDEST.minor))
    return fail(new Failure('PART_MISSING', { where: 'Node', seen: version, allowed, cure: 'install a newer Node, then "npm ci" again' }))
  return major > NEWEST_MAJOR ? warn(`Node ${version} is newer than what was tested`, `if something fails, try ${allowed}`) : ok(`Node ${version}`)
}

export const clockFinding = (clock: Clock): Finding => {
  const now = new Date(clock.wallMs()).toISOString()
  if (createClockTrust(clock, null)()) return ok(now)
  return warn(
    `${now} lies before this version was made: results will carry the flag clock-unsynchronized`,
    'timedatectl set-ntp true, or set the clock',
  )
}

/** The parts that only training wants. Nothing of them is loaded. */
export const trainingParts = (has: (name: string) => boolean): Finding => {
  if (!has('@tensorflow/tfjs-core')) return ok('TF.js is not installed: the agent does not need it; "train" does (npm ci without --omit=optional)')
  return ok(
    has('@tensorflow/tfjs-node') ? 'TF.js with its native library' : 'TF.js without its native library: training is slower, and gives the same',
  )
}

/** Whether a package is there, and for tfjs-node its binary: npm leaves a folder behind where that could not be had. */
const isInstalled = (name: string): boolean => {
  try {
    const folder = dirname(createRequire(import.meta.url).resolve(`${name}/package.json`))
    return name !== '@tensorflow/tfjs-node' || existsSync(join(folder, 'lib', 'napi-v8', 'tfjs_binding.node'))
  } catch {
    // Not there, however that came.
    return false
  }
}

export const machineChecks = (clock: Clock): readonly Check[] => [
  { name: 'node', deadlineMs: 1000, run: () => nodeVersion(process.versions.node) },
  { name: 'clock', deadlineMs: 1000, run: () => clockFinding(clock) },
  { name: 'training', deadlineMs: 1000, run: () => trainingParts(isInstalled) },
]
