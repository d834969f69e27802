import { readdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { EmulatorOptions, Faults, StreamEnd, UsbEnd } from '../../emulation/contract.js'
import { Failure } from '../../failures.js'
import type { Family } from '../../instruments/families.js'
import { createFamilies } from '../../instruments/families.js'

/** The folders beside this source, or beside the built `dist/src`. */
const DRIVERS = new URL('../../../drivers/', import.meta.url)

export type CreateEmulator = (options: EmulatorOptions) => StreamEnd | UsbEnd

export interface Emulation {
  readonly description: Family['description']
  readonly createEmulator: CreateEmulator
  readonly faults: Faults
}

/**
 * The emulator that lies beside a family's description; no other family's code is loaded.
 * @throws Failure USAGE naming the known families, PART_MISSING where a folder holds no emulator.
 */
export const loadEmulation = async (id: string, drivers: URL = DRIVERS): Promise<Emulation> => {
  const families = await createFamilies(drivers).families()
  const family = families.find(({ description }) => description.id === id)
  if (!family)
    throw new Failure('USAGE', { where: 'FAMILY', seen: JSON.stringify(id), allowed: families.map(({ description }) => description.id).join(', ') })
  const folder = new URL(`${id}/`, drivers)
  const files = await readdir(folder)
  const file = ['emulator.js', 'emulator.ts'].find((name) => files.includes(name))
  if (file === undefined) throw new Failure('PART_MISSING', { where: fileURLToPath(folder), seen: 'no file emulator.js or emulator.ts' })
  const module: object = await import(new URL(file, folder).href)
  const createEmulator: unknown = Reflect.get(module, 'createEmulator')
  const faults: unknown = Reflect.get(module, 'faults')
  if (!isCreateEmulator(createEmulator) || !isFaults(faults))
    throw new Failure('PART_MISSING', { where: fileURLToPath(new URL(file, folder)), seen: 'not both of createEmulator and faults' })
  return { description: family.description, createEmulator, faults }
}

const isCreateEmulator = (value: unknown): value is CreateEmulator => typeof value === 'function'
const isFaults = (value: unknown): value is Faults =>
  typeof value === 'object' && value !== null && Object.values(value).every((sentence) => typeof sentence === 'string')
