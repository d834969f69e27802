import { Failure } from '../../failures.js'
import { MAX_STANDARDS } from './contract.js'

/** Paired spectra of the same samples, centred, and what was taken away. */
export interface Standards {
  readonly slaveMean: Float64Array
  readonly masterMean: Float64Array
  readonly slave: readonly Float64Array[]
  readonly master: readonly Float64Array[]
}

const where = 'transfer'

/**
 * Checks that row i of either side is the same sample and centres both.
 * @throws Failure DATA_INVALID: fewer than 2 pairs or more than MAX_STANDARDS, rows of different lengths, a value that is not finite.
 */
export const pairedStandards = (slave: readonly Float64Array[], master: readonly Float64Array[]): Standards => {
  if (slave.length !== master.length)
    throw new Failure('DATA_INVALID', {
      where,
      seen: `${slave.length} slave and ${master.length} master standards`,
      allowed: 'one of either for each sample',
    })
  if (slave.length < 2 || slave.length > MAX_STANDARDS)
    throw new Failure('DATA_INVALID', { where, seen: `${slave.length} standards`, allowed: `2 to ${MAX_STANDARDS}` })
  return {
    ...centred('slave', slave, (mean, rows) => ({ slaveMean: mean, slave: rows })),
    ...centred('master', master, (mean, rows) => ({ masterMean: mean, master: rows })),
  }
}

const centred = <T>(side: string, rows: readonly Float64Array[], made: (mean: Float64Array, rows: readonly Float64Array[]) => T): T => {
  const channels = rows[0]?.length ?? 0
  rows.forEach((row, i) => {
    if (row.length !== channels || channels === 0)
      throw new Failure('DATA_INVALID', {
        where,
        seen: `${side} standard ${i} with ${row.length} channels`,
        allowed: `${channels}, as in the first one`,
      })
    const wrong = row.findIndex((value) => !Number.isFinite(value))
    if (wrong >= 0)
      throw new Failure('DATA_INVALID', { where, seen: `${side} standard ${i}: ${row[wrong]} at channel ${wrong}`, allowed: 'finite numbers' })
  })
  const mean = new Float64Array(channels)
  for (const row of rows) for (let i = 0; i < channels; i++) mean[i] = (mean[i] ?? 0) + (row[i] ?? 0)
  for (let i = 0; i < channels; i++) mean[i] = (mean[i] ?? 0) / rows.length
  return made(
    mean,
    rows.map((row) => row.map((value, i) => value - (mean[i] ?? 0))),
  )
}
