import type { Axis } from '../../spectrum/axis.js'
import { fourier } from '../fft.js'
import { countGaps, gapReasons } from '../gaps.js'
import type { FreeStage } from '../stage.js'

const { masked } = gapReasons('denoise')

/**
 * Bins 0 to floor(cutoff n / 2) of the real Fourier transform kept, the others set to 0 (numpy's rfft, irfft). A fixed map, but a dense
 * one: two transforms cost less than its matrix, so it does not fold.
 */
export const lowPass = (cutoff: number, axis: Axis): FreeStage => {
  const n = axis.values.length
  const kept = Math.floor((cutoff * n) / 2)
  const { transform } = fourier(n)
  const re = new Float64Array(n)
  const im = new Float64Array(n)
  return {
    kind: 'free',
    output: axis,
    depends: 'all',
    run: (input, output) => {
      if (countGaps(input) > 0) return masked
      re.set(input)
      im.fill(0)
      transform(re, im)
      // The bins of negative frequency stand behind, at n - k. The way back is the same transform of the conjugate, whose real part stays.
      for (let k = 0; k < n; k++) {
        const gain = Math.min(k, n - k) <= kept ? 1 / n : 0
        re[k] = (re[k] ?? 0) * gain
        im[k] = -(im[k] ?? 0) * gain
      }
      transform(re, im)
      output.set(re)
      return null
    },
  }
}
