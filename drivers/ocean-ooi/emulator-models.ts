/** One FPGA model as it behaves on the wire (protocols/usb-oceanoptics-ooi sections 1, 5 and 6). Times in microseconds, slots zero based. */
export interface FpgaModel {
  readonly model: string
  readonly product: number
  /** Words in a spectrum at high speed; at full speed where that differs. */
  readonly slots: number
  readonly fullSpeedSlots?: number
  /** Slots that stand for a detector element; the rest is filler and zero. */
  readonly pixels: number
  /** First and last slot that light reaches; the others of `pixels` show the dark level. */
  readonly optical: readonly [number, number]
  /** XORed onto every word. */
  readonly wordFix: number
  /** The first 2048 bytes take endpoint 0x86 at high speed. */
  readonly split4K: boolean
  readonly unit: 'ms' | 'us'
  readonly minUs: number
  readonly maxUs: number
  /** Step up to `fineUntilUs`, and beyond. */
  readonly fineStepUs: number
  readonly fineUntilUs: number
  readonly coarseStepUs: number
  /** Largest raw count; on gain-scaled models the saturation level, which slot 17 holds at byte `at` in `bytes` bytes, little-endian. */
  readonly fullScale: number
  readonly saturation: { readonly at: number; readonly bytes: 2 | 4 } | null
  /** Register 0x04 (major, minor, patch in 4, 8 and 4 bits); null where the model knows no registers. */
  readonly firmware: number | null
  /** First byte of a register reply: the register itself unless given (Flame-S). */
  readonly registerEcho?: number
  readonly boardTemperature: boolean
  readonly cooler: boolean
  readonly triggerModes: number
  readonly serial: string
  /** Texts of slots 1 to 4: nm for the slot number to the power 0 to 3. */
  readonly wavelength: readonly [string, string, string, string]
  readonly darkCounts: number
  readonly noiseCounts: number
}

const fine = (minUs: number, maxUs: number, stepUs: number) => ({ minUs, maxUs, fineStepUs: stepUs, fineUntilUs: maxUs, coarseStepUs: stepUs })
const linear2048 = { slots: 2048, pixels: 2048, optical: [20, 2047], split4K: false, ...fine(1000, 655_350_000, 1000), unit: 'us' } as const
const linear4K = { slots: 3840, pixels: 3670, optical: [22, 3669], split4K: true, unit: 'us' } as const
const usb4000 = {
  ...linear4K,
  product: 0x1022,
  wordFix: 0,
  ...{ minUs: 10, maxUs: 65_535_000, fineStepUs: 10, fineUntilUs: 655_000, coarseStepUs: 1000 },
  saturation: { at: 4, bytes: 2 },
  boardTemperature: true,
  cooler: false,
  triggerModes: 4,
} as const
const usb2000plus = {
  ...linear2048,
  product: 0x101e,
  wordFix: 0,
  saturation: { at: 4, bytes: 2 },
  boardTemperature: true,
  cooler: false,
  triggerModes: 5,
} as const

/** Saturation level, dark level, noise, wavelengths, firmware and serial numbers are our own choice, in the range of real instruments. */
export const fpgaModels: readonly FpgaModel[] = [
  {
    model: 'USB2000+',
    ...usb2000plus,
    ...{ fullScale: 62_000, firmware: 0x2010, serial: 'USB2+F00001', darkCounts: 1400, noiseCounts: 25 },
    wavelength: ['339.8952', '3.80812e-01', '-1.51734e-05', '-2.08941e-09'],
  },
  {
    model: 'Flame-S',
    ...usb2000plus,
    ...{ fullScale: 60_500, firmware: 0x3020, registerEcho: 0xfe, serial: 'FLMS00001', darkCounts: 1300, noiseCounts: 25 },
    wavelength: ['341.2207', '3.79954e-01', '-1.60312e-05', '-1.95520e-09'],
  },
  {
    model: 'USB4000',
    ...usb4000,
    ...{ fullScale: 60_000, firmware: 0x2150, serial: 'USB4C00001', darkCounts: 1800, noiseCounts: 40 },
    wavelength: ['345.1021', '2.20713e-01', '-5.51028e-06', '-2.99817e-10'],
  },
  {
    model: 'Flame-T',
    ...usb4000,
    ...{ fullScale: 61_200, firmware: 0x3010, serial: 'FLMT00001', darkCounts: 1700, noiseCounts: 40 },
    wavelength: ['346.7710', '2.19887e-01', '-5.43906e-06', '-3.10442e-10'],
  },
  {
    model: 'HR2000+',
    ...linear2048,
    ...{ product: 0x1016, wordFix: 0x2000, fullScale: 16_383, saturation: null, firmware: 0x1230, boardTemperature: true, cooler: false },
    ...{ triggerModes: 4, serial: 'HR+C00001', darkCounts: 420, noiseCounts: 8 },
    wavelength: ['198.7743', '4.69120e-01', '-1.24005e-05', '-2.41163e-09'],
  },
  {
    model: 'HR4000',
    ...linear4K,
    ...{ product: 0x1012, wordFix: 0x2000, fullScale: 16_383, saturation: null, firmware: 0x1110, boardTemperature: true, cooler: false },
    ...{ triggerModes: 4, serial: 'HR4C00001', darkCounts: 460, noiseCounts: 10 },
    ...fine(10, 655_350_000, 10),
    wavelength: ['194.2650', '2.68331e-01', '-5.62240e-06', '-2.10067e-10'],
  },
  {
    model: 'QE65000',
    ...{ product: 0x1018, slots: 1280, pixels: 1044, optical: [10, 1033], wordFix: 0x8000, split4K: false, unit: 'ms' },
    ...{ fullScale: 65_535, saturation: null, firmware: 0x1040, boardTemperature: true, cooler: true, triggerModes: 4 },
    ...{ serial: 'QEB00001', darkCounts: 2600, noiseCounts: 12 },
    ...fine(8000, 1_600_000_000, 1000),
    wavelength: ['348.0917', '7.92640e-01', '-3.21055e-05', '-1.00812e-08'],
  },
  {
    model: 'Maya2000Pro',
    ...{ product: 0x102a, slots: 2304, fullSpeedSlots: 2112, pixels: 2068, optical: [10, 2057], wordFix: 0, split4K: false, unit: 'us' },
    ...{ fullScale: 62_500, saturation: { at: 0, bytes: 2 }, firmware: 0x1020, boardTemperature: false, cooler: false, triggerModes: 4 },
    ...{ serial: 'MAY10001', darkCounts: 3100, noiseCounts: 18 },
    ...fine(7200, 65_000_000, 1000),
    wavelength: ['199.5538', '4.75207e-01', '-1.30811e-05', '-1.90225e-09'],
  },
  {
    model: 'NIRQuest512',
    ...{ product: 0x1026, slots: 512, pixels: 512, optical: [0, 511], wordFix: 0x8000, split4K: false, unit: 'ms' },
    ...{ fullScale: 58_000, saturation: { at: 4, bytes: 4 }, firmware: null, boardTemperature: true, cooler: true, triggerModes: 4 },
    ...{ serial: 'NQ500001', darkCounts: 5200, noiseCounts: 30 },
    ...fine(1000, 1_600_000_000, 1000),
    wavelength: ['899.2215', '1.68250e+00', '-6.11234e-05', '-1.20710e-08'],
  },
]
