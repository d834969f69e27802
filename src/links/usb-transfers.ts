import { Failure } from '../failures.js'
import type { UsbLink, UsbSetup } from './contract.js'
import type { NativeDevice } from './usb-native.js'

const CLEAR_FEATURE = 1
const ENDPOINT_HALT = 0
const IN = 0x80
const NUMBER = 0x0f
const DEFAULT_PIPE = 0

/** The transfers of one open device, and which of them are under way. */
export interface Transfers {
  readonly link: UsbLink
  /** From now on every call rejects with this. */
  refuse(why: Failure): void
  /** Resolves when nothing is under way. */
  idle(): Promise<void>
}

/** `explain` makes a Failure of what the library throws. */
export const createTransfers = (
  device: NativeDevice,
  packetBytes: ReadonlyMap<number, number>,
  where: string,
  explain: (error: unknown) => Promise<Failure>,
): Transfers => {
  const busy = new Map<number, Promise<unknown>>()
  let refused: Failure | null = null

  /** One transfer at a time for each endpoint: a second one fails in the library as if the device were gone. */
  const alone = async <T>(endpoint: number, start: () => Promise<T>): Promise<T> => {
    if (refused) throw refused
    if (busy.has(endpoint))
      throw new Failure('INVARIANT', { where: `${where} endpoint ${hex(endpoint)}`, seen: 'a second transfer', allowed: 'one at a time' })
    const running = explained(start)
    busy.set(endpoint, running)
    try {
      return await running
    } finally {
      busy.delete(endpoint)
    }
  }
  const explained = async <T>(start: () => Promise<T>): Promise<T> => {
    try {
      return await start()
    } catch (error) {
      throw await explain(error)
    }
  }
  const known = (endpoint: number): number => {
    const bytes = packetBytes.get(endpoint)
    if (bytes !== undefined) return bytes
    const allowed = [...packetBytes.keys()].map(hex).join(', ')
    throw new Failure('INVARIANT', { where, seen: `endpoint ${hex(endpoint)}`, allowed })
  }

  const link: UsbLink = {
    async control(setup, dataOrLength, deadlineMs) {
      if (isClearHalt(setup)) {
        known(setup.index)
        await alone(setup.index, () => device.clearHalt(setup.index & IN ? 'in' : 'out', setup.index & NUMBER))
        return new Uint8Array(0)
      }
      if (typeof dataOrLength === 'number')
        return bytesOf(await alone(DEFAULT_PIPE, () => device.controlTransferIn(setup, dataOrLength, timeoutMs(deadlineMs))))
      await alone(DEFAULT_PIPE, () => device.controlTransferOut(setup, Uint8Array.from(dataOrLength), timeoutMs(deadlineMs)))
      return new Uint8Array(0)
    },
    async read(endpoint, bytes, deadlineMs) {
      known(endpoint)
      return bytesOf(await alone(endpoint, () => device.transferIn(endpoint & NUMBER, bytes, timeoutMs(deadlineMs))))
    },
    async write(endpoint, bytes, deadlineMs) {
      known(endpoint)
      await alone(endpoint, () => device.transferOut(endpoint & NUMBER, Uint8Array.from(bytes), timeoutMs(deadlineMs)))
    },
    packetBytes: known,
  }
  return {
    link,
    refuse(why) {
      refused ??= why
    },
    async idle() {
      await Promise.allSettled([...busy.values()])
    },
  }
}

/** The library takes 0 for no limit. */
const timeoutMs = (deadlineMs: number): number => Math.max(1, Math.ceil(deadlineMs))

const isClearHalt = ({ requestType, recipient, request, value }: UsbSetup): boolean =>
  requestType === 'standard' && recipient === 'endpoint' && request === CLEAR_FEATURE && value === ENDPOINT_HALT

const bytesOf = ({ data }: { readonly data?: DataView | undefined }): Uint8Array =>
  data === undefined ? new Uint8Array(0) : new Uint8Array(data.buffer, data.byteOffset, data.byteLength)

const hex = (endpoint: number): string => `0x${endpoint.toString(16).padStart(2, '0')}`
