import { createHash } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { Failure } from '../../failures.js'
import { makeAxis } from '../../spectrum/axis.js'
import { MAX_PACKED_BYTES, MAX_TABLE_BYTES, readBounded } from '../bounded-file.js'
import type { Dataset } from '../folder.js'
import { type MeaningOptions, meaningOf } from '../meaning.js'
import { axisKinds } from '../meta.js'
import { MAX_ROWS } from '../table.js'
import { jcampBlocks } from './blocks.js'
import { isSpectrumBlock, type JcampSpectrum, spectrumOf } from './spectrum.js'

/** Ends of the files that are read as JCAMP-DX. */
export const jcampEnds = ['.jdx', '.dx', '.jcamp', '.jcm'] as const

/** Axis values of two spectra count as the same if they differ by less, relative to their size. */
const SAME_AXIS = 1e-6

/** Label columns of one set. */
export const MAX_LABEL_COLUMNS = 256

/** The JCAMP-DX files of a folder, in the order of their names. */
export const jcampFiles = (folder: string): readonly string[] =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && jcampEnds.some((end) => entry.name.toLowerCase().endsWith(end)))
    .map(({ name }) => join(folder, name))
    .sort()

/**
 * JCAMP-DX files as one set: TITLE is the id, `##$NAME=` the label column `name`, axis and quantity come from the units.
 * @param path what was named: a file, or the folder of `files`
 * @throws Failure DATA_INVALID naming the file, and for what must be one in a set (axis, quantity, ids) the two that differ.
 */
export const readJcamp = (path: string, files: readonly string[], said: MeaningOptions): Dataset => {
  const hash = createHash('sha256')
  const spectra: JcampSpectrum[] = []
  let total = 0
  for (const file of files) {
    const bytes = readBounded(file, MAX_PACKED_BYTES, 'a JCAMP-DX file')
    total += bytes.length
    if (files.length === 1) hash.update(bytes)
    else hash.update(`${basename(file)} ${createHash('sha256').update(bytes).digest('hex')}\n`)
    for (const block of jcampBlocks(textOf(bytes), file)) if (isSpectrumBlock(block)) spectra.push(spectrumOf(block, file))
    if (spectra.length > MAX_ROWS || total > MAX_TABLE_BYTES)
      throw new Failure('DATA_INVALID', { where: path, seen: 'more', allowed: `at most ${MAX_ROWS} spectra in ${MAX_TABLE_BYTES} bytes` })
  }
  const [first] = spectra
  if (first === undefined) throw new Failure('DATA_INVALID', { where: path, seen: 'no spectrum', allowed: 'at least one block with a spectrum' })
  checkOneSet(spectra, first)
  const { axisKind, quantityKind, geometry: told } = first.meaning
  const unsaid = told ?? (said.geometry === undefined || said.geometry === '' ? 'unknown' : undefined)
  const meaning = meaningOf(first.where, said, { axisKind, quantityKind, geometry: unsaid })
  const columns = [...new Set(spectra.flatMap(({ labels }) => Object.keys(labels)))]
  if (columns.length > MAX_LABEL_COLUMNS)
    throw new Failure('DATA_INVALID', { where: path, seen: `${columns.length} kinds of ##$ records`, allowed: `at most ${MAX_LABEL_COLUMNS}` })
  const name = basename(path).replace(/\.[^.]*$/, '')
  return {
    name,
    meta: {
      ...{ name, title: '', citation: '', licence: '', source: {} },
      ...{ axis_kind: meaning.axisKind, quantity_kind: meaning.quantityKind, geometry: meaning.geometry },
      ...{ rows: spectra.length, channels: first.x.length, label_columns: columns },
    },
    axis: makeAxis(axisKinds[meaning.axisKind], first.x, first.where),
    rows: spectra.map(({ title, labels, y }) => ({
      id: title,
      labels: Object.fromEntries(columns.map((column) => [column, labels[column] ?? ''])),
      values: y,
    })),
    sha256: hash.digest('hex'),
  }
}

/** UTF-8, or else Latin-1: files of the last century have degree signs in their comments. */
const textOf = (bytes: Buffer): string => {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return bytes.toString('latin1')
  }
}

const checkOneSet = (spectra: readonly JcampSpectrum[], first: JcampSpectrum): void => {
  const ids = new Map<string, string>()
  for (const { where, title, meaning, x } of spectra) {
    const fail = (seen: string, allowed: string, cure: string): never => {
      throw new Failure('DATA_INVALID', { where, seen, allowed, cure })
    }
    const before = ids.get(title)
    if (title === '' || before !== undefined)
      fail(
        title === '' ? 'an empty ##TITLE=' : `##TITLE= "${title}" as in ${before}`,
        'a title of its own for each spectrum',
        'number the titles; keep spectra of one object together with a record like ##$OBJECT=',
      )
    ids.set(title, where)
    const { axisKind, quantityKind, geometry } = meaning
    if (axisKind !== first.meaning.axisKind)
      fail(`mixed axes: ${axisKind}`, `${first.meaning.axisKind} as in ${first.where}`, 'make two sets of them')
    if (quantityKind !== first.meaning.quantityKind || geometry !== first.meaning.geometry)
      fail(`mixed quantities: ${quantityKind}`, `${first.meaning.quantityKind} as in ${first.where}`, 'export all in the same units')
    const differs = x.findIndex((value, i) => !(Math.abs(value - (first.x[i] ?? Number.NaN)) <= SAME_AXIS * Math.max(1, Math.abs(value))))
    if (x.length !== first.x.length || differs >= 0)
      fail(
        `mixed axes: ${x.length} points, ${x[0]} to ${x.at(-1)}${differs >= 0 && x.length === first.x.length ? `, ${x[differs]} as point ${differs + 1}` : ''}`,
        `${first.x.length} points, ${first.x[0]} to ${first.x.at(-1)}${x.length === first.x.length ? `, ${first.x[differs]}` : ''}, as in ${first.where}`,
        'measure all on one axis, or bring them onto one before',
      )
  }
}
