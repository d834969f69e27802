import { absorbance } from './absorbance.js'
import { band } from './band.js'
import { baselineMorph } from './baseline/morph.js'
import { baselinePls } from './baseline/pls.js'
import { baselinePoly } from './baseline/poly.js'
import { centerScale } from './center-scale.js'
import { continuumRemoval } from './continuum-removal.js'
import { darkWhite } from './dark-white.js'
import { deadPixel } from './dead-pixel.js'
import { denoise } from './denoise/denoise.js'
import { despike } from './despike.js'
import { detrend } from './detrend.js'
import { emsc } from './emsc.js'
import { kubelkaMunk } from './kubelka-munk.js'
import { level } from './level.js'
import { msc } from './msc.js'
import { nonlinearity } from './nonlinearity.js'
import { normalize } from './normalize.js'
import { norrisWilliams } from './norris-williams.js'
import type { Operation } from './operation.js'
import { resample } from './resample.js'
import { rnv } from './rnv.js'
import { savgol } from './savgol.js'
import { snv } from './snv.js'
import { splice } from './splice.js'
import { strayLight } from './stray-light.js'

/** Every operation that a chain may name. */
export const operations: ReadonlyMap<string, Operation> = new Map(
  Object.entries({
    absorbance,
    band,
    baseline_morph: baselineMorph,
    baseline_pls: baselinePls,
    baseline_poly: baselinePoly,
    center_scale: centerScale,
    continuum_removal: continuumRemoval,
    dark_white: darkWhite,
    dead_pixel: deadPixel,
    denoise,
    despike,
    detrend,
    emsc,
    kubelka_munk: kubelkaMunk,
    level,
    msc,
    nonlinearity,
    normalize,
    norris_williams: norrisWilliams,
    resample,
    rnv,
    savgol,
    snv,
    splice,
    stray_light: strayLight,
  }),
)
