import type { CreateUsbEmulator, EmulatorOptions, Faults } from '../../src/emulation/contract.js'
import { createFaultSwitches } from '../../src/emulation/fault-switches.js'
import { Failure } from '../../src/failures.js'
import { createAcquisition } from './emulator-acquisition.js'
import { createCommands } from './emulator-commands.js'
import {
  COMMAND_OUT,
  COMMAND_PACKET_BYTES,
  configurationDescriptor,
  deviceDescriptor,
  deviceStrings,
  REPLY_IN,
  SECOND_SPECTRUM_IN,
  SPECTRUM_IN,
  spectrumPacketBytes,
} from './emulator-descriptors.js'
import { type FpgaModel, fpgaModels } from './emulator-models.js'
import { createPacketQueue } from './emulator-packets.js'
import type { Packet } from './emulator-spectrum.js'

/** Every misbehaviour by name. One occasion is one event of the kind that the sentence names. */
export const faults = {
  'drop-packet': 'a spectrum loses one whole packet',
  'wrong-sync': 'a spectrum ends with another byte than 0x69',
  stall: 'the transfer that should bring a spectrum stalls on 0x82, once, and the spectrum is lost',
  'fe-register': 'a register reply begins with 0xfe in the place of the register',
  leftover: 'at the next connect an old reply and the end of an old spectrum come first',
  vanish: 'the instrument is unplugged in the middle of a spectrum',
  stale: 'a request is answered at once with the spectrum before',
  silent: 'a request for a spectrum is swallowed',
  saturate: 'every lit pixel of a spectrum is at full scale',
  'wrong-exposure': 'a new integration time is taken as another one, and the status shows that',
} as const satisfies Faults

/** Spectra that wait in the endpoint memory for a host that does not read; a further one is lost whole. */
const MAX_UNREAD_SPECTRA = 2
/** Replies that wait likewise. */
const MAX_UNREAD_REPLIES = 16
const WRONG_SYNC = 0x00
/** An old reply (slot 3) that is left over. */
const OLD_REPLY = [0x05, 0x03, 0x2d, 0x31, 0x2e, 0x35, 0x65, 0x2d, 0x30, 0x35, 0, 0, 0, 0, 0, 0, 0]
const FULL_SPEED = '/full'

/**
 * An FPGA model of the Ocean Optics OOI family on its USB port (protocols/usb-oceanoptics-ooi). `model` is a name of the table, with
 * `/full` behind it for an instrument on a full-speed port: `USB4000/full`. What the page leaves open and is our own choice:
 * requests during an exposure (one waits), 0x01 changes nothing, unknown commands are ignored, slots without content read as 0xff.
 * @throws Failure USAGE for a model or serial number that cannot be.
 */
export const createEmulator: CreateUsbEmulator = (options) => {
  const { model, speed } = chosen(options.model)
  const switches = createFaultSwitches(faults)
  const packetBytes = spectrumPacketBytes(speed)
  const queues = {
    [REPLY_IN]: createPacketQueue(REPLY_IN, COMMAND_PACKET_BYTES),
    [SPECTRUM_IN]: createPacketQueue(SPECTRUM_IN, packetBytes),
    [SECOND_SPECTRUM_IN]: createPacketQueue(SECOND_SPECTRUM_IN, packetBytes),
  }
  const unreadPackets = () => queues[SPECTRUM_IN].unread + queues[SECOND_SPECTRUM_IN].unread
  let gone: Failure | null = null
  let damage = 0

  const vanish = (): void => {
    gone = new Failure('PORT_GONE', { where: `emulated ${model.model}`, seen: 'unplugged' })
    for (const queue of Object.values(queues)) {
      queue.clear()
      queue.fail(gone)
    }
  }

  const sendSpectrum = (packets: readonly Packet[]): void => {
    if (gone || unreadPackets() >= MAX_UNREAD_SPECTRA * packets.length) return
    let sent = packets
    if (switches.take('drop-packet')) sent = packets.toSpliced(damage++ % (packets.length - 1), 1)
    if (switches.take('wrong-sync')) sent = [...sent.slice(0, -1), { endpoint: SPECTRUM_IN, bytes: Uint8Array.of(WRONG_SYNC) }]
    const stalls = switches.take('stall')
    const vanishes = switches.take('vanish')
    if (vanishes) sent = sent.slice(0, sent.length / 2)
    for (const { endpoint, bytes } of sent) if (!stalls || endpoint !== SPECTRUM_IN) queues[endpoint].push(bytes)
    if (stalls) queues[SPECTRUM_IN].push('stall')
    if (vanishes) vanish()
  }

  const reply = (bytes: Uint8Array): void => {
    if (queues[REPLY_IN].unread < MAX_UNREAD_REPLIES) queues[REPLY_IN].push(bytes)
  }

  const powerOn = () => {
    const acquisition = createAcquisition(model, speed, options, switches.take, (packets) => {
      if (acquisition === running.acquisition) sendSpectrum(packets)
    })
    const serial = options.serial ?? model.serial
    return { acquisition, execute: createCommands({ model, speed, serial, acquisition, unreadPackets, takeFault: switches.take, reply }) }
  }
  let running = powerOn()

  const present = (): void => {
    if (gone) throw gone
  }

  return {
    kind: 'usb',
    speed,
    deviceDescriptor: deviceDescriptor(model),
    configurationDescriptor: configurationDescriptor(speed),
    strings: deviceStrings(model),
    attach() {
      if (gone) running = powerOn()
      gone = null
      if (!switches.take('leftover')) return
      reply(Uint8Array.from(OLD_REPLY))
      if (model.split4K && speed === 'high') queues[SECOND_SPECTRUM_IN].push(new Uint8Array(packetBytes).fill(0x07))
      queues[SPECTRUM_IN].push(new Uint8Array(packetBytes).fill(0x07), new Uint8Array(packetBytes).fill(0x07), Uint8Array.of(0x69))
    },
    control(setup) {
      present()
      return isClearHalt(setup) ? null : 'stall'
    },
    out(endpoint, data) {
      present()
      if (endpoint !== COMMAND_OUT) return 'stall'
      running.execute(data)
      return 'ok'
    },
    async in(endpoint, bytes, signal) {
      present()
      return endpoint === REPLY_IN || endpoint === SPECTRUM_IN || endpoint === SECOND_SPECTRUM_IN ? queues[endpoint].take(bytes, signal) : 'stall'
    },
    detach() {},
    misbehave: switches.misbehave,
    heal: switches.heal,
  }
}

/** CLEAR_FEATURE(ENDPOINT_HALT), USB 2.0, 9.4.1: drivers send it at open. */
const isClearHalt = ([requestType, request, feature]: Uint8Array): boolean => requestType === 0x02 && request === 0x01 && feature === 0x00

const chosen = (name: EmulatorOptions['model'] = 'USB4000'): { model: FpgaModel; speed: 'full' | 'high' } => {
  const model = fpgaModels.find((row) => row.model === name.replace(FULL_SPEED, ''))
  if (model) return { model, speed: name.endsWith(FULL_SPEED) ? 'full' : 'high' }
  const allowed = `${fpgaModels.map((row) => row.model).join(', ')}, each also with ${FULL_SPEED} behind it`
  throw new Failure('USAGE', { where: 'model', seen: name, allowed })
}
