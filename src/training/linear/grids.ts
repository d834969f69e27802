import type { LinearFamily, Setting } from '../contract.js'

/** Spectra that a component, or a score of LDA, takes at least. */
const ROWS_A_COMPONENT = 3
export const MAX_PLS_COMPONENTS = 20
const LDA_SCORES = [2, 3, 4, 6, 8, 10, 15, 20, 30, 40]
/** Raw absorbance of clean instruments needs the smallest: its first components hold nearly all of the variance and none of the answer. */
const RIDGE_DECADES = 8

/** Components of PLS that are tried on `rows` training spectra: 1, 2, ... */
export const plsGrid = (rows: number, size: number): readonly number[] =>
  Array.from({ length: Math.min(MAX_PLS_COMPONENTS, Math.floor(rows / ROWS_A_COMPONENT), size) }, (_, a) => a + 1)

/** Principal components that LDA stands on. */
export const ldaGrid = (rows: number, size: number): readonly number[] => LDA_SCORES.filter((k) => k * ROWS_A_COMPONENT < rows && k <= size)

/** Penalties of Ridge as shares of the sum of variances, falling from 1. */
export const ridgeGrid: readonly number[] = Array.from({ length: RIDGE_DECADES + 1 }, (_, i) => Number(`1e-${i}`))

export const settingsOf = (family: LinearFamily, rows: number, size: number): readonly Setting[] => {
  if (family === 'pls') return plsGrid(rows, size).map((a) => ({ text: a === 1 ? '1 component' : `${a} components`, complexity: a }))
  if (family === 'pca-lda') return ldaGrid(rows, size).map((k) => ({ text: `${k} principal components`, complexity: k }))
  return rows === 0 ? [] : ridgeGrid.map((penalty, i) => ({ text: `lambda ${penalty}`, complexity: i }))
}
