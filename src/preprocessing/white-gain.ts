/** The white of a ratio: everything of it that does not change from spectrum to spectrum. */
export interface WhiteParts {
  /** Mean counts of the white, and the dark at the white's own exposure. */
  readonly white: Float64Array
  readonly dark: Float64Array
  /** Exposure of the white divided by that of the sample. */
  readonly exposureRatio: number
  /** What the white itself returns, per pixel or for all: 1, a certified reflectance, or 10^-density of a filter in the way. */
  readonly attenuation: Float64Array | number
  /** Counts that white minus dark must reach, else the pixel is masked. */
  readonly minWhite: number
  /** Counts at which a pixel of the white is saturated and masked; null: not judged. */
  readonly saturation: number | null
}

/**
 * Per pixel the factor g with ratio = (S - D) g:  R = a ((S - D) / tS) / ((W - Dw) / tW), so g = a tW / (tS (W - Dw)).
 * NaN, the mask, where the white is too dark, not above its dark at all, or saturated.
 */
export const whiteGain = ({ white, dark, exposureRatio, attenuation, minWhite, saturation }: WhiteParts): Float64Array =>
  Float64Array.from(white, (counts, i) => {
    const light = counts - (dark[i] ?? 0)
    if (!(light >= minWhite && light > 0) || (saturation !== null && counts >= saturation)) return Number.NaN
    return ((typeof attenuation === 'number' ? attenuation : (attenuation[i] ?? 1)) * exposureRatio) / light
  })
