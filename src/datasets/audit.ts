import type { Finding } from './audit/finding.js'
import { auditGroups } from './audit/groups.js'
import { columnOf, refuseSpellings, unlabelled } from './audit/labels.js'
import { doubtfulQuantity } from './audit/quantity.js'
import { saturatedSpectra } from './audit/saturation.js'
import { constantChannels, duplicateSpectra, missingValues } from './audit/spectra.js'
import type { Dataset } from './folder.js'

export interface AuditOptions {
  /** `class`: the words of the column are classes. `value`: its numbers are learnt, or cut at limits. `identity`: all rows are one class. */
  readonly task?: 'class' | 'value' | 'identity'
  /** Classes with fewer rows are left out of the training. */
  readonly minCount?: number
}

/**
 * Looks at a set before anything is learnt from it: what makes every figure worthless is refused, what may is named.
 * @param column the label to learn; null where nothing is (an identity model of all rows)
 * @param groupColumn the column that keeps the spectra of one object together; null: every row is an object
 * @throws Failure DATA_INVALID: a column that is not there; labels that differ only in spelling; a group that equals the label; a class that cannot be judged.
 */
export const auditLabels = (
  dataset: Dataset,
  column: string | null,
  groupColumn: string | null,
  { task = 'class', minCount = 1 }: AuditOptions = {},
): { readonly warnings: readonly Finding[] } => {
  if (groupColumn !== null) columnOf(dataset, groupColumn)
  const spectra = [...missingValues(dataset), ...constantChannels(dataset), ...saturatedSpectra(dataset), ...doubtfulQuantity(dataset)]
  if (column === null) return { warnings: [...spectra, ...duplicateSpectra(dataset, () => '')] }
  if (task === 'class') refuseSpellings(dataset, column)
  const groups = task === 'class' ? auditGroups(dataset, column, groupColumn, minCount) : []
  return { warnings: [...unlabelled(dataset, column), ...groups, ...duplicateSpectra(dataset, columnOf(dataset, column)), ...spectra] }
}
