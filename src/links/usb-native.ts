/// <reference types="w3c-web-usb" />
import { Failure } from '../failures.js'
import type { UsbSetup } from './contract.js'
import type { UsbEntry } from './usb-sysfs.js'

/**
 * What is used of a device of the npm package `usb` 3. While a call runs, its getters (`vendorId`, `serialNumber`, `configuration`) and
 * `close()` throw: so everything known beforehand is read from sysfs instead, and `close()` waits for the transfers.
 */
export interface NativeDevice {
  readonly bus: string
  readonly address: number
  open(): Promise<void>
  close(): Promise<void>
  claimInterface(number: number): Promise<void>
  releaseInterface(number: number): Promise<void>
  clearHalt(direction: 'in' | 'out', endpointNumber: number): Promise<void>
  controlTransferIn(setup: UsbSetup, length: number, timeoutMs: number): Promise<{ readonly data?: DataView | undefined }>
  controlTransferOut(setup: UsbSetup, data: Uint8Array<ArrayBuffer>, timeoutMs: number): Promise<unknown>
  transferIn(endpointNumber: number, length: number, timeoutMs: number): Promise<{ readonly data?: DataView | undefined }>
  transferOut(endpointNumber: number, data: Uint8Array<ArrayBuffer>, timeoutMs: number): Promise<unknown>
}

/**
 * The library's object for one plugging, null when it is gone. Ask only for what sysfs showed: without USB on the machine the library rejects.
 * @throws Failure PART_MISSING where the library has no binary for this machine.
 */
export const findNative = async ({ bus, device }: UsbEntry, where: string): Promise<NativeDevice | null> => {
  const devices: readonly NativeDevice[] = await (await load(where)).getDevices()
  return devices.find((candidate) => Number(candidate.bus) === bus && candidate.address === device) ?? null
}

const load = async (where: string) => {
  try {
    return (await import('usb')).usb
  } catch (cause) {
    throw new Failure('PART_MISSING', {
      where,
      seen: `the npm package "usb" does not load on ${process.platform} ${process.arch}`,
      allowed: 'linux on x64 or arm64 with glibc, and the other machines that package has binaries for',
      cure: 'install again without --no-optional, on such a machine',
      cause,
    })
  }
}
