import type { Description } from '../../src/instruments/contract.js'

/**
 * Chromation dev kit (CR-series chip, "microspec"). Exposure in cycles of 20 us; the two pixel counts are one detector with
 * binning on (as shipped) and off. Dark pixels: the maker names none; the first six are of no use, which is not the same.
 */
export const description = {
  id: 'chromation',
  title: 'Chromation spectrometer dev kit',
  links: ['stream'],
  match: [
    { usbVendor: 0x0403, usbProduct: 0x6015, serialPrefix: 'CH' },
    { usbVendor: 0x0403, usbProduct: 0x6015, serialPrefix: 'CHROMATION' },
  ],
  models: [
    {
      model: 'dev-kit',
      pixels: 392,
      fullScale: 65_535,
      integrationUs: { min: 40, max: 1_310_000, step: 20 },
      darkPixels: [],
      confidence: 'confirmed',
    },
  ],
  axisSource: 'file',
  integrity: 'conversation',
  // CaptureFrame starts the exposure: there is no older frame that it could answer with.
  staleFrames: 0,
  baudRate: 115_200,
  source: 'microspectrometer/microspec @c5013e80 cfg/microspec.json; dev-kit-2020 @74b71241 firmware/usb-bridge',
} as const satisfies Description
