import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Failure } from '../failures.js'
import { readBareTable, tableEnds } from './bare-table.js'
import { pathKind } from './bounded-file.js'
import { type Dataset, META_FILE, PENDING_META, readDataset } from './folder.js'
import { jcampEnds, jcampFiles, readJcamp } from './jcamp/dataset.js'
import { type MeaningOptions, meaningOf } from './meaning.js'

const allowed = `a data set folder (${META_FILE} and spectra.csv.gz), a folder of JCAMP-DX files, or a file ending in ${[...tableEnds, ...jcampEnds].join(', ')}`

/**
 * Measured spectra, whatever they come in: a data set folder, a bare table, a JCAMP-DX file or a folder of such.
 * @param said what the numbers mean, for files that do not say it (`--axis-kind`, `--quantity`, `--geometry`)
 * @throws Failure DATA_INVALID naming file, line and column, what was seen, what is allowed and what to do; USAGE for an unknown word in `said`.
 */
export const openDataset = (path: string, said: MeaningOptions = {}): Dataset => {
  const kind = pathKind(path)
  if (kind === null) throw new Failure('DATA_INVALID', { where: path, seen: 'no such file or folder', allowed })
  if (kind === 'folder') return openFolder(path, said)
  const ends = (list: readonly string[]) => list.some((end) => path.toLowerCase().endsWith(end))
  if (ends(tableEnds)) return readBareTable(path, said)
  if (ends(jcampEnds)) return readJcamp(path, [path], said)
  throw new Failure('DATA_INVALID', {
    where: path,
    seen: 'a file of another kind',
    allowed,
    cure: 'export it as CSV or JCAMP-DX from the program that made it',
  })
}

const openFolder = (path: string, said: MeaningOptions): Dataset => {
  if (!existsSync(join(path, META_FILE)) && !existsSync(join(path, PENDING_META))) {
    const files = jcampFiles(path)
    if (files.length > 0) return readJcamp(path, files, said)
    throw new Failure('DATA_INVALID', {
      where: path,
      seen: `neither ${META_FILE} nor JCAMP-DX files`,
      allowed,
      cure: 'name a single table by its file',
    })
  }
  const dataset = readDataset(path)
  const { axis_kind, quantity_kind, geometry } = dataset.meta
  meaningOf(join(path, META_FILE), said, { axisKind: axis_kind, quantityKind: quantity_kind, geometry })
  return dataset
}
