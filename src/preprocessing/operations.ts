import { absorbance } from './absorbance.js'
import { band } from './band.js'
import { centerScale } from './center-scale.js'
import { level } from './level.js'
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
    level,
    resample,
    savgol,
    snv,
  }),
)
