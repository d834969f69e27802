import { absorbance } from './absorbance.js'
import { band } from './band.js'
import { centerScale } from './center-scale.js'
import { darkWhite } from './dark-white.js'
import { deadPixel } from './dead-pixel.js'
import { detrend } from './detrend.js'
import { emsc } from './emsc.js'
import { kubelkaMunk } from './kubelka-munk.js'
import { level } from './level.js'
import { msc } from './msc.js'
import { nonlinearity } from './nonlinearity.js'
import { normalize } from './normalize.js'
import type { Operation } from './operation.js'
import { resample } from './resample.js'
import { savgol } from './savgol.js'
import { snv } from './snv.js'

/** Every operation that a chain may name. */
export const operations: ReadonlyMap<string, Operation> = new Map(
  Object.entries({
    absorbance,
    band,
    center_scale: centerScale,
    dark_white: darkWhite,
    dead_pixel: deadPixel,
    detrend,
    emsc,
    kubelka_munk: kubelkaMunk,
    level,
    msc,
    nonlinearity,
    normalize,
    resample,
    savgol,
    snv,
  }),
)
