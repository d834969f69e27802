import { Failure, isFailure } from '../../src/failures.js'
import type { DriverContext, Identity } from '../../src/instruments/contract.js'
import { FIRMWARE_REGISTER, type Reply } from './codec.js'
import { description, type OoiRow } from './description.js'
import { axisFrom, firmwareFrom, linearityFrom, numberOf, SLOTS, saturationFrom, textOf } from './slots.js'
import type { Transfers } from './transfers.js'

/** Milliseconds that the instrument takes to initialise. */
const INITIALISE_MS = 100

export type Status = Extract<Reply, { kind: 'status' }>

export interface Opened {
  readonly identity: Identity
  readonly row: OoiRow
  /** As it was before anything was changed. */
  readonly found: Status
}

/** The rows of one product id: several where models share it. @throws Failure WRONG_INSTRUMENT when there is none. */
export const rowsOf = (product: number, where: string): readonly [OoiRow, ...OoiRow[]] => {
  const [first, ...more] = description.models.filter(({ usb }) => usb.product === product)
  if (first) return [first, ...more]
  throw new Failure('WRONG_INSTRUMENT', { where, seen: `product 0x${product.toString(16)}`, allowed: 'a product of the family ocean-ooi' })
}

/** Section 4 of protocols/usb-oceanoptics-ooi from the drain on: nothing is reset, nothing written but the initialise command. */
export const openSequence = async (
  transfers: Transfers,
  rows: readonly [OoiRow, ...OoiRow[]],
  { clock, badFrame }: DriverContext,
): Promise<Opened> => {
  const left = await transfers.drain()
  if (left > 0) badFrame('sync', left)
  const before = await statusIfAny(transfers)
  await transfers.tell({ kind: 'initialise' })
  await clock.sleep(INITIALISE_MS)
  const [any] = rows
  const firmware = any.wire.registers
    ? firmwareFrom((await transfers.ask({ kind: 'register', register: FIRMWARE_REGISTER }, 'register')).value)
    : null
  const found = before ?? (await transfers.ask({ kind: 'status' }, 'status'))
  const slot = async (number: number) => (await transfers.ask({ kind: 'slot', slot: number }, 'slot')).data
  const numbers = async (slots: readonly number[]) => {
    const values: (number | null)[] = []
    for (const number of slots) values.push(numberOf(await slot(number)))
    return values
  }
  const serial = textOf(await slot(SLOTS.serial))
  const row = tellApart(rows, firmware?.major ?? 0, serial ?? '')
  const axis = axisFrom(await numbers(SLOTS.wavelength), row.pixels, row.wire)
  const order = numberOf(await slot(SLOTS.order))
  const linearity = linearityFrom(await numbers(SLOTS.linearity), order)
  const fullScale = row.wire.saturation ? saturationFrom(await slot(SLOTS.saturation), row.wire, row.fullScale) : row.fullScale
  const { model, pixels, darkPixels, integrationUs } = row
  const identity = {
    family: description.id,
    model,
    serial,
    firmware: firmware?.text ?? null,
    axis,
    pixels,
    fullScale,
    darkPixels,
    integrationUs,
    linearity,
  }
  return { identity, row, found }
}

/** Before it is initialised an instrument may be silent; then what it is set to is what initialising makes of it. */
const statusIfAny = async (transfers: Transfers): Promise<Status | null> => {
  try {
    return await transfers.ask({ kind: 'status' }, 'status')
  } catch (error) {
    if (isFailure(error, 'NO_ANSWER')) return null
    throw error
  }
}

/** The model that its mark gives away, else the one without a mark. */
const tellApart = (rows: readonly [OoiRow, ...OoiRow[]], firmwareMajor: number, serial: string): OoiRow => {
  const marked = rows.find(({ wire: { tell } }) => {
    if (!tell) return false
    return 'serialPrefix' in tell ? serial.startsWith(tell.serialPrefix) : firmwareMajor >= tell.firmwareMajor
  })
  return marked ?? rows.find(({ wire }) => !wire.tell) ?? rows[0]
}
