import type { Calibrated } from '../calibration/calibrate.js'
import type { Meaning } from '../datasets/meaning.js'

/** What a calibrated spectrum is called in a data set. */
export const quantityKinds: Readonly<Record<Calibrated['quantity'], Pick<Meaning, 'quantityKind' | 'geometry'>>> = {
  transmittance: { quantityKind: 'transmittance', geometry: 'transmittance' },
  reflectance: { quantityKind: 'reflectance', geometry: 'reflectance' },
  'counts-per-ms': { quantityKind: 'intensity', geometry: 'emission-or-scattering' },
}
