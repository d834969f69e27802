import { readdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { asFailure, Failure } from '../failures.js'
import type { CreateDriver, Description } from './contract.js'

/** The folders beside this source, or beside the built `dist/src`. */
const DRIVERS = new URL('../../drivers/', import.meta.url)

/** One kind of instrument: its description is at hand, its code is loaded when first asked for. */
export interface Family {
  readonly description: Description
  driver(): Promise<CreateDriver>
}

/** What `drivers/` holds. Read once, when first asked. */
export interface Families {
  families(): Promise<readonly Family[]>
  /** @throws Failure CONFIG_INVALID naming the known ones. */
  family(id: string): Promise<Family>
  /** Folders that could not be read, each with its reason: they cost the others nothing. */
  broken(): Promise<readonly Failure[]>
}

/** Lists the folders of `drivers` and reads each `description.{js,ts}`; nobody keeps a list by hand. */
export const createFamilies = (drivers: URL = DRIVERS): Families => {
  let read: Promise<readonly (Family | Failure)[]> | null = null
  const all = () => {
    read ??= readFolders(drivers)
    return read
  }
  const families = async () => (await all()).filter((found): found is Family => !(found instanceof Failure))
  return {
    families,
    async family(id) {
      const known = await families()
      const found = known.find(({ description }) => description.id === id)
      if (found) return found
      const names = known.map(({ description }) => description.id).join(', ')
      throw new Failure('CONFIG_INVALID', { where: 'family', seen: JSON.stringify(id), allowed: names === '' ? 'no family is installed' : names })
    },
    broken: async () => (await all()).filter((found): found is Failure => found instanceof Failure),
  }
}

const readFolders = async (drivers: URL): Promise<readonly (Family | Failure)[]> => {
  const entries = await readdir(drivers, { withFileTypes: true }).catch((error: unknown) => {
    throw new Failure('PART_MISSING', { where: fileURLToPath(drivers), seen: String(error), cure: 'install spectro2mqtt anew', cause: error })
  })
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
  return Promise.all(
    names.sort().map((name) => readFolder(new URL(`${name}/`, drivers), name).catch((error: unknown) => asFailure(error, 'PART_MISSING', name))),
  )
}

const readFolder = async (folder: URL, name: string): Promise<Family> => {
  const description: unknown = Reflect.get(await load(folder, 'description'), 'description')
  if (!isDescription(description)) throw new Failure('PART_MISSING', { where: `drivers/${name}/description`, seen: mistakesIn(description) })
  if (description.id !== name)
    throw new Failure('PART_MISSING', {
      where: `drivers/${name}/description`,
      seen: `the id ${description.id}`,
      allowed: `the name of its folder, ${name}`,
    })
  let loaded: Promise<CreateDriver> | null = null
  return {
    description,
    driver() {
      loaded ??= loadDriver(folder, name)
      return loaded
    },
  }
}

const loadDriver = async (folder: URL, name: string): Promise<CreateDriver> => {
  const createDriver: unknown = Reflect.get(await load(folder, 'driver'), 'createDriver')
  if (!isCreateDriver(createDriver)) throw new Failure('PART_MISSING', { where: `drivers/${name}/driver`, seen: 'no function createDriver' })
  return createDriver
}

/** The module of that name, built or not. */
const load = async (folder: URL, name: string): Promise<object> => {
  const files = await readdir(folder)
  const file = [`${name}.js`, `${name}.ts`].find((candidate) => files.includes(candidate))
  if (file === undefined) throw new Failure('PART_MISSING', { where: fileURLToPath(folder), seen: `no file ${name}.js or ${name}.ts` })
  const module: object = await import(new URL(file, folder).href)
  return module
}

const isCreateDriver = (value: unknown): value is CreateDriver => typeof value === 'function'
const isDescription = (value: unknown): value is Description => descriptionShape.safeParse(value).success
const mistakesIn = (value: unknown): string => {
  const { error } = descriptionShape.safeParse(value)
  return error ? z.prettifyError(error).replaceAll('\n', ' ') : ''
}

const positive = z.number().positive()
const usbId = z.number().int().min(0).max(0xffff)
const descriptionShape = z.object({
  id: z.string().regex(/^[a-z0-9-]{1,40}$/),
  title: z.string().min(1),
  links: z.array(z.enum(['stream', 'usb'])).min(1),
  match: z.array(z.object({ usbVendor: usbId, usbProduct: usbId, serialPrefix: z.string().min(1).optional() })),
  models: z
    .array(
      z.object({
        model: z.string().min(1),
        pixels: z.number().int().positive(),
        fullScale: positive,
        integrationUs: z.object({ min: positive, max: positive, step: positive }),
        darkPixels: z.array(z.number().int().min(0)),
        usb: z.object({ vendor: usbId, product: usbId }).optional(),
        confidence: z.enum(['confirmed', 'one-source', 'unconfirmed']),
      }),
    )
    .min(1),
  axisSource: z.enum(['device', 'file']),
  integrity: z.enum(['checksum', 'conversation', 'none']),
  staleFrames: z.number().int().min(0),
  baudRate: positive.optional(),
  source: z.string().min(1),
})
