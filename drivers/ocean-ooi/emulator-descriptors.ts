import type { FpgaModel } from './emulator-models.js'

/** Endpoints of the FPGA map (protocol page, section 2). */
export const COMMAND_OUT = 0x01
export const REPLY_IN = 0x81
export const SPECTRUM_IN = 0x82
export const SECOND_SPECTRUM_IN = 0x86

const VENDOR = 0x2457
const BULK = 2
const VENDOR_CLASS = 0xff
const BUS_POWERED = 0x80
/** Units of 2 mA. */
const MAX_POWER = 250
/** Packets of the command endpoints at both speeds, and of the spectrum endpoints (Apex data sheet). */
export const COMMAND_PACKET_BYTES = 64
export const spectrumPacketBytes = (speed: 'full' | 'high'): number => (speed === 'high' ? 512 : 64)

/** USB 2.0, table 9-8. The instruments have no serial number string (our inference: drivers read it from slot 0). */
export const deviceDescriptor = ({ product }: FpgaModel): Uint8Array =>
  Uint8Array.of(18, 1, 0x00, 0x02, 0, 0, 0, 64, ...word(VENDOR), ...word(product), ...word(0x0002), 1, 2, 0, 1)

export const deviceStrings = ({ model }: FpgaModel): readonly string[] => ['', 'Ocean Optics', `Ocean Optics ${model}`]

/** USB 2.0, tables 9-10, 9-12 and 9-13: one configuration, one interface, four bulk endpoints. */
export const configurationDescriptor = (speed: 'full' | 'high'): Uint8Array => {
  const endpoints = [
    [COMMAND_OUT, COMMAND_PACKET_BYTES],
    [SPECTRUM_IN, spectrumPacketBytes(speed)],
    [SECOND_SPECTRUM_IN, spectrumPacketBytes(speed)],
    [REPLY_IN, COMMAND_PACKET_BYTES],
  ] as const
  const body = [
    ...[9, 4, 0, 0, endpoints.length, VENDOR_CLASS, 0, 0, 0],
    ...endpoints.flatMap(([address, packetBytes]) => [7, 5, address, BULK, ...word(packetBytes), 0]),
  ]
  return Uint8Array.of(9, 2, ...word(9 + body.length), 1, 1, 0, BUS_POWERED, MAX_POWER, ...body)
}

const word = (value: number): readonly number[] => [value & 0xff, value >> 8]
