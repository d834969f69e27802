import { fileURLToPath } from 'node:url'
import type { CreateUsbEmulator } from '../../src/emulation/contract.js'
import { systemClock } from '../../src/system-clock.js'
import { type Bus, startBus } from './bus.js'
import { scene } from './scene.js'

/** What the test asks of the process that plays the bus. `emulator`: a folder of drivers/, or `toy`. */
export type Order =
  | {
      readonly do: 'plug'
      readonly path: string
      readonly emulator: string
      readonly model?: string
      readonly serial?: string
      readonly mode: number
    }
  | { readonly do: 'unplug'; readonly path: string }
  | { readonly do: 'misbehave'; readonly path: string; readonly fault: string; readonly times: number }

const carryOut = async (bus: Bus, order: Order): Promise<void> => {
  if (order.do === 'unplug') return bus.unplug(order.path)
  if (order.do === 'misbehave') return bus.end(order.path).misbehave(order.fault, order.times)
  const { emulator, path, mode, model, serial } = order
  const { createEmulator }: { createEmulator: CreateUsbEmulator } = await import(
    emulator === 'toy' ? './toy.js' : `../../drivers/${emulator}/emulator.js`
  )
  const options = { scene, clock: systemClock, seed: 1, noiseCounts: 0, ...(model && { model }), ...(serial && { serial }) }
  bus.plug(path, createEmulator(options), mode)
}

if (process.argv[1] === fileURLToPath(import.meta.url) && process.send) {
  const bus = startBus()
  process.on('message', ({ id, order }: { id: number; order: Order }) => {
    carryOut(bus, order).then(
      () => process.send?.({ id }),
      (error: unknown) => process.send?.({ id, error: String(error) }),
    )
  })
  process.on('disconnect', () => {
    bus.close()
    process.exit()
  })
  process.send({ id: 0 })
}
