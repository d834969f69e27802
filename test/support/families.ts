import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { CreateStreamEmulator, CreateUsbEmulator, Faults } from '../../src/emulation/contract.js'
import type { BadFrameCause, Codec, CreateDriver, Description } from '../../src/instruments/contract.js'

/** A question and a reply of whatever family: a spectrum is the reply that has counts. */
export interface AnyRequest {
  readonly kind: string
}
export interface AnyReply {
  readonly kind: string
  readonly counts?: ArrayLike<number>
}

/** All that a folder of `drivers/` must export. */
export interface Family {
  readonly name: string
  readonly folder: URL
  readonly description: Description
  readonly createCodec: () => Codec<AnyRequest, AnyReply>
  readonly encode: (request: AnyRequest) => Uint8Array
  readonly allowedCommands: readonly number[]
  readonly createDriver: CreateDriver
  readonly createEmulator: CreateStreamEmulator | CreateUsbEmulator
  readonly faults: Faults
}

const drivers = new URL('../../drivers/', import.meta.url)

/** Every folder of `drivers/`, found by listing. */
export const loadFamilies = async (): Promise<readonly Family[]> => {
  const names = readdirSync(drivers, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  return Promise.all(
    names.map(async ({ name }) => {
      const folder = new URL(`${name}/`, drivers)
      const part = (file: string) => import(new URL(`${file}.ts`, folder).href)
      const [{ description }, { createCodec, encode, allowedCommands }, { createDriver }, { createEmulator, faults }] = await Promise.all(
        ['description', 'codec', 'driver', 'emulator'].map(part),
      )
      return { name, folder, description, createCodec, encode, allowedCommands, createDriver, createEmulator, faults }
    }),
  )
}

/** One file of bytes and what must come of it. */
export interface Capture {
  readonly name: string
  readonly bytes: Uint8Array
  readonly shows: string
  readonly expect: AnyRequest
  readonly replies: readonly AnyReply[]
  readonly refused: Readonly<Partial<Record<BadFrameCause, number>>>
  readonly held: number
}

export const capturesOf = ({ folder }: Family): readonly Capture[] => {
  const at = new URL('captures/', folder)
  if (!existsSync(at)) return []
  return readdirSync(at)
    .filter((file) => file.endsWith('.json'))
    .map((file) => ({
      name: file.replace('.json', ''),
      bytes: Uint8Array.from(readFileSync(new URL(file.replace('.json', '.bin'), at))),
      ...JSON.parse(readFileSync(new URL(file, at), 'utf8')),
    }))
}

/** A file beside the sources of a family, as text; empty where there is none. */
export const textBeside = ({ folder }: Family, file: string): string => {
  const path = fileURLToPath(new URL(file, folder))
  return existsSync(path) ? readFileSync(path, 'utf8') : ''
}
