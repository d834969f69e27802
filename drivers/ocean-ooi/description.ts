import type { Description, ModelRow } from '../../src/instruments/contract.js'

/** What the wire of one model is like (protocols/usb-oceanoptics-ooi, sections 1, 5 and 6). */
export interface Wire {
  /** Words in a spectrum at high speed, and at full speed where that differs; the 1-byte sync packet comes after them. */
  readonly slots: number
  readonly slotsFullSpeed?: number
  /** The first 1024 words come on endpoint 0x86 at high speed. */
  readonly split: boolean
  /** Each word is to be XORed with this. */
  readonly flip: number
  /** Exposure is sent in this many microseconds. */
  readonly unitUs: number
  /** Above this exposure the instrument takes whole milliseconds only. */
  readonly coarseAboveUs?: number
  /** The wavelength polynomial is evaluated at pixel minus this. */
  readonly pixelOffset: number
  /** Where slot 17 holds the saturation level, little-endian; absent where raw counts reach full scale. */
  readonly saturation?: { readonly at: number; readonly bytes: 2 | 4 }
  /** FPGA register 4 holds the firmware version. */
  readonly registers: boolean
  /** What sets it apart from another model of the same product id. */
  readonly tell?: { readonly firmwareMajor: number } | { readonly serialPrefix: string }
}

export interface OoiRow extends ModelRow {
  readonly usb: { readonly vendor: number; readonly product: number }
  readonly wire: Wire
}

interface OoiDescription extends Description {
  readonly models: readonly OoiRow[]
}

/** First to last pixel, both included. */
const range = (first: number, last: number): readonly number[] => Array.from({ length: last - first + 1 }, (_, i) => first + i)

const vendor = 0x2457
const atFour = { at: 4, bytes: 2 } as const
const common = { flip: 0, unitUs: 1, pixelOffset: 0, split: false, registers: true } as const
const twoK = { ...common, slots: 2048 } as const
/** 3648 elements behind 22 slots that see no light; what follows slot 3669 is filler. */
const fourK = { ...common, slots: 3840, split: true } as const
const maya = { ...common, slots: 2304, slotsFullSpeed: 2112 } as const
const nir = { ...common, flip: 0x8000, unitUs: 1000, registers: false, saturation: { at: 4, bytes: 4 } } as const

const mayaDark = [...range(0, 3), ...range(2064, 2067)]

/** Microseconds, 1 s = 1e6. The 4K models' limits: sources differ on the maximum, the smaller one is taken. */
const limits = {
  usb2000plus: { min: 1000, max: 655_350_000, step: 1000 },
  usb4000: { min: 10, max: 65_535_000, step: 10 },
  hr4000: { min: 10, max: 655_350_000, step: 10 },
  qe65000: { min: 8000, max: 1_600_000_000, step: 1000 },
  nirquest: { min: 1000, max: 1_600_000_000, step: 1000 },
  maya2000pro: { min: 7200, max: 65_000_000, step: 1000 },
  slow: { min: 15_000, max: 1_600_000_000, step: 1000 },
} as const

/** `fullScale` is the converter's; the instrument's own saturation level, where slot 17 has one, is told by `identify`. */
const row = (
  model: string,
  product: number,
  pixels: number,
  integrationUs: OoiRow['integrationUs'],
  darkPixels: readonly number[],
  wire: Wire,
  { fullScale = 65_535, confidence = 'confirmed' }: { fullScale?: number; confidence?: OoiRow['confidence'] } = {},
): OoiRow => ({ model, pixels, fullScale, integrationUs, darkPixels, usb: { vendor, product }, confidence, wire })

const models: readonly OoiRow[] = [
  row('USB2000+', 0x101e, 2048, limits.usb2000plus, range(6, 17), { ...twoK, saturation: atFour }),
  row('Flame-S', 0x101e, 2048, limits.usb2000plus, range(6, 17), { ...twoK, saturation: atFour, tell: { firmwareMajor: 3 } }),
  row('USB4000', 0x1022, 3670, limits.usb4000, range(6, 15), { ...fourK, saturation: atFour, coarseAboveUs: 655_350 }),
  row(
    'Flame-T',
    0x1022,
    3670,
    limits.usb4000,
    range(6, 15),
    { ...fourK, saturation: atFour, coarseAboveUs: 655_350, tell: { serialPrefix: 'FLMT' } },
    { confidence: 'one-source' },
  ),
  row('HR2000+', 0x1016, 2048, limits.usb2000plus, range(2, 17), { ...twoK, flip: 0x2000 }, { fullScale: 16_383 }),
  // Three sources name other dark pixels; these are in all of them.
  row('HR4000', 0x1012, 3670, limits.hr4000, range(6, 12), { ...fourK, flip: 0x2000 }, { fullScale: 16_383 }),
  row('QE65000', 0x1018, 1044, limits.qe65000, [...range(0, 3), ...range(1040, 1043)], {
    ...common,
    slots: 1280,
    flip: 0x8000,
    unitUs: 1000,
    pixelOffset: 10,
  }),
  row('Maya2000Pro', 0x102a, 2068, limits.maya2000pro, mayaDark, { ...maya, saturation: { at: 0, bytes: 2 } }, { fullScale: 64_000 }),
  row('MayaLSL', 0x1046, 2068, limits.maya2000pro, mayaDark, { ...maya, saturation: { at: 0, bytes: 2 } }, { fullScale: 64_000 }),
  row('Maya2000', 0x102c, 2080, limits.slow, [], maya, { confidence: 'one-source' }),
  row('Apex', 0x1044, 2068, limits.slow, mayaDark, { ...maya, saturation: { at: 0, bytes: 2 } }, { fullScale: 64_000 }),
  row('Torus', 0x1040, 2048, limits.usb2000plus, [], { ...twoK, saturation: atFour }),
  row('NIRQuest512', 0x1026, 512, limits.nirquest, [], { ...nir, slots: 512 }),
  row('NIRQuest256', 0x1028, 256, limits.nirquest, [], { ...nir, slots: 256 }),
]

/** Ocean Optics instruments of the FPGA generation. Dark pixels are those that every source names. */
export const description = {
  id: 'ocean-ooi',
  title: 'Ocean Optics / Ocean Insight, OOI protocol (USB2000+, USB4000, Flame, HR, QE, Maya, NIRQuest)',
  links: ['usb'],
  match: [...new Set(models.map(({ usb }) => usb.product))].map((usbProduct) => ({ usbVendor: vendor, usbProduct })),
  models,
  axisSource: 'device',
  integrity: 'conversation',
  // Free-running: after a change one frame carries the old exposure, two after a long change (section 7).
  staleFrames: 2,
  source: 'ap--/python-seabreeze @3de4fdd, libseabreeze in it, python-oceanoptics @3df0c26; Flame manual 225-00000-000-11-201604',
} as const satisfies OoiDescription
