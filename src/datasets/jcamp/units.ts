import { Failure } from '../../failures.js'
import type { Meaning } from '../meaning.js'

/** What the units of a block make of its numbers: factors to the units of a data set, and what they then are. */
export interface JcampMeaning {
  readonly axisKind: Meaning['axisKind']
  /** To nm or cm-1. */
  readonly xScale: number
  readonly quantityKind: Meaning['quantityKind']
  /** undefined: the units do not tell, as absorbance does not. */
  readonly geometry: Meaning['geometry'] | undefined
  /** To a ratio where the file is in percent. */
  readonly yScale: number
}

/** Kinds of spectra that are refused by name: what they hold is no spectrum over one axis, or of another science. */
const DATA_TYPE = /INFRARED|RAMAN|UV|VIS|NIR|FLUORESCENCE|SPECTRUM/
const OTHER_TYPE = /NMR|MASS|INTERFEROGRAM|PEAK|X-?RAY|IMS|ION MOBILITY|CHROMATOGRAM|CIRCULAR|EPR|ESR|MOESSBAUER/

/** A ratio whose median is above this was meant in percent. */
export const MAX_RATIO = 2

/**
 * The meaning of DATA TYPE, XUNITS and YUNITS (4.24 and 5.01; spellings that instruments really write are taken too).
 * @param where the block, for messages; texts are null where the record is missing
 * @throws Failure DATA_INVALID naming the record, what stands there and what is allowed.
 */
export const meaningOfUnits = (
  { dataType, xUnits, yUnits }: { readonly dataType: string | null; readonly xUnits: string | null; readonly yUnits: string | null },
  where: string,
): JcampMeaning => {
  const type = (dataType ?? '').toUpperCase()
  if (OTHER_TYPE.test(type) || !DATA_TYPE.test(type))
    throw new Failure('DATA_INVALID', {
      where: `${where}, ##DATA TYPE=`,
      seen: dataType ?? 'nothing',
      allowed: 'INFRARED SPECTRUM, RAMAN SPECTRUM, UV/VIS SPECTRUM and the like',
    })
  const emitted = /RAMAN|FLUORESCENCE|EMISSION/.test(type)
  return { ...xMeaning(xUnits, type.includes('RAMAN'), where), ...yMeaning(yUnits, emitted, where) }
}

const xMeaning = (text: string | null, raman: boolean, where: string): Pick<JcampMeaning, 'axisKind' | 'xScale'> => {
  const unit = (text ?? '').toUpperCase().replace(/[\s._]/g, '')
  if (/RAMANSHIFT/.test(unit)) return { axisKind: 'raman-shift-cm-1', xScale: 1 }
  if (/^(WAVENUMBERS?)?[([]?(1\/CM|CM\^?-1|RECIPROCALCENTIMET(ER|RE)S)?[)\]]?$/.test(unit) && unit !== '')
    return { axisKind: raman ? 'raman-shift-cm-1' : 'wavenumber-cm-1', xScale: 1 }
  if (/^(WAVELENGTH)?[([]?(NM|NANOMET(ER|RE)S?)[)\]]?$/.test(unit)) return { axisKind: 'wavelength-nm', xScale: 1 }
  if (/^(WAVELENGTH)?[([]?(UM|\u00B5M|\u039CM|MICROMET(ER|RE)S?|MICRONS?)[)\]]?$/.test(unit)) return { axisKind: 'wavelength-nm', xScale: 1000 }
  throw new Failure('DATA_INVALID', {
    where: `${where}, ##XUNITS=`,
    seen: text ?? 'nothing',
    allowed: '1/CM, NANOMETERS, MICROMETERS, RAMAN SHIFT',
  })
}

const yMeaning = (text: string | null, emitted: boolean, where: string): Pick<JcampMeaning, 'quantityKind' | 'geometry' | 'yScale'> => {
  const unit = (text ?? '').toUpperCase().replace(/[\s._]/g, '')
  const percent = /%|PERCENT/.test(unit)
  const bare = unit.replace(/%|PERCENT|[()[\]]/g, '')
  const yScale = percent ? 0.01 : 1
  if (/^(TRANSMITTANCE|TRANSMISSION|T)$/.test(bare)) return { quantityKind: 'transmittance', geometry: 'transmittance', yScale }
  if (/^(REFLECTANCE|REFLECTION|R)$/.test(bare)) return { quantityKind: 'reflectance', geometry: 'reflectance', yScale }
  if (/^(ABSORBANCE|A|AU)$/.test(unit)) return { quantityKind: 'absorbance', geometry: undefined, yScale: 1 }
  if (/^(-LOGR|LOG1\/R)$/.test(bare) && !percent) return { quantityKind: 'absorbance', geometry: 'reflectance', yScale: 1 }
  if (/^(-LOGT|LOG1\/T)$/.test(bare) && !percent) return { quantityKind: 'absorbance', geometry: 'transmittance', yScale: 1 }
  if (/^(ARBITRARY(UNITS?)?|INTENSITY|COUNTS)$/.test(bare) && !percent) {
    if (emitted) return { quantityKind: 'intensity', geometry: 'emission-or-scattering', yScale: 1 }
    return { quantityKind: bare === 'COUNTS' ? 'counts-no-reference' : 'scaled', geometry: undefined, yScale: 1 }
  }
  throw new Failure('DATA_INVALID', {
    where: `${where}, ##YUNITS=`,
    seen: text ?? 'nothing',
    allowed: 'ABSORBANCE, LOG(1/R), TRANSMITTANCE, % TRANSMITTANCE, REFLECTANCE, % REFLECTANCE, ARBITRARY UNITS, COUNTS',
    ...(/KUBELKA/.test(unit) ? { cure: 'export reflectance instead: a model needs to know the ratio that was measured' } : {}),
  })
}
