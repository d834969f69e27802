/**
 * Per pixel the factor g with ratio = (S - D) g. From R = a ((S - D) / tS) / ((W - Dw) / tW) follows g = a (tW / tS) / (W - Dw): all that
 * does not change from spectrum to spectrum.
 * @param light W - Dw of each pixel in counts; NaN where the white was saturated
 * @param exposureRatio tW / tS
 * @param attenuation what the white returns, per pixel or for all: 1, a certified reflectance, or 10^-density of a filter in the way
 * @param minWhite counts that `light` must reach; below them, and where it is not above 0, the pixel is masked (NaN)
 */
export const whiteGain = (light: Float64Array, exposureRatio: number, attenuation: Float64Array | number, minWhite: number): Float64Array =>
  light.map((counts, i) => {
    if (!(counts >= minWhite && counts > 0)) return Number.NaN
    return ((typeof attenuation === 'number' ? attenuation : (attenuation[i] ?? 1)) * exposureRatio) / counts
  })
