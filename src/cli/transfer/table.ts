import { REFERENCED_OBJECTS } from '../../models/transfer-file.js'
import type { Judged, Transferred } from '../../training/transfer/contract.js'
import { MARGIN, MOST_REFUSED } from '../../training/transfer/pick.js'

const names: Readonly<Record<Judged, string>> = {
  none: 'no transfer',
  bias: 'bias',
  'slope-bias': 'slope and bias',
  pooled: 'pooled recalibration',
  pds: 'PDS (spectra)',
  alone: 'standards alone',
}

/** What each way makes of the standards that it had not seen, for a person. */
export const transferTable = ({ figures, objects, spectra, file }: Transferred, task: 'class' | 'value', unit: string): string => {
  const what = task === 'value' ? `RMSE${unit === '' ? '' : `, ${unit}`}` : 'balanced accuracy'
  const lines = figures.map(({ method, score, refused, reason, picked }) =>
    [
      `${picked ? '* ' : '  '}${names[method]}`.padEnd(24),
      (score === null ? '-' : score.toPrecision(3)).padStart(20),
      (refused === null ? '-' : `${Math.round(100 * refused)} %`).padStart(10),
      reason === null ? '' : `  ${reason}`,
    ].join(''),
  )
  const { standards, conformal } = file
  return [
    `${objects} objects, ${spectra} spectra of ${standards.data}; each left out of what judges it`,
    `${''.padEnd(24)}${what.padStart(20)}${'refused'.padStart(10)}`,
    ...lines,
    `picked (*): of the ways with at most ${100 * MOST_REFUSED} % refused, the first, unless a later one is better by ${100 * MARGIN} % or more`,
    ...gateWarning(figures),
    conformal
      ? `intervals: from ${conformal.objects} referenced objects of this instrument`
      : `intervals: none hold on this instrument before ${REFERENCED_OBJECTS} referenced objects that the gate accepts (${objects} so far)`,
  ].join('\n')
}

/** The gate looks at spectra: a corrected value does not make them known to it. */
export const gateWarning = (figures: Transferred['figures']): readonly string[] => {
  const share = figures.find(({ picked }) => picked)?.refused ?? 0
  if (share <= MOST_REFUSED) return []
  const others = figures.filter(({ method, score, refused }) => method !== 'alone' && score !== null && (refused ?? 0) <= MOST_REFUSED)
  const instead = others.map(({ method, refused }) => `--method ${method}${refused === null ? ' (with a gate of its own)' : ''}`).join(', ')
  const untried = figures.some(({ method, score }) => method === 'pds' && score === null) ? 'give --master or --train' : 'give --train'
  return [
    `the gate refuses ${Math.round(100 * share)} % of the standards by this way, and so would the agent: ${instead === '' ? `no way that could be judged brings them back under it; ${untried}` : `consider ${instead}`}`,
  ]
}
