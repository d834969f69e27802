// An emulated Chromation of 784 pixels on a TCP port, in a process of its own. Unpaced: no exposure or read-out is waited out.
// Messages to it: 'dark', 'white' or 'sample' (what it sees), 'note' (remember when frames left), 'tell' (send those times).
import { createEmulator } from '../drivers/chromation/emulator.js'
import type { StreamEnd } from '../src/emulation/contract.js'
import { hostTcp } from '../src/emulation/host-tcp.js'
import { createLightPath } from '../src/emulation/light-path.js'
import { systemClock } from '../src/system-clock.js'
import { ratioOf } from './bundle.js'

/** Bytes of a reply with 784 pixels: two states, the number of pixels, the pixels. */
const FRAME_BYTES = 4 + 2 * 784

const light = createLightPath()
const emulator = createEmulator({ scene: light, clock: systemClock, seed: 1, unpaced: true })
const sentMs: number[] = []
let noting = false

/** Notes when the last byte of each frame was handed to the network. */
const noted: StreamEnd = {
  ...emulator,
  attach: (send) =>
    emulator.attach((bytes) => {
      send(bytes)
      if (noting && bytes.length === FRAME_BYTES) sentMs.push(systemClock.monotonicMs())
    }),
  receive: (bytes) => emulator.receive(bytes),
}

const { port } = await hostTcp(noted, { port: 0 })
let k = 0
process.on('message', (order) => {
  if (order === 'dark') light.show({ kind: 'dark' })
  if (order === 'white') light.show({ kind: 'white', density: 0 })
  if (order === 'sample')
    light.replay(() => {
      k = (k + 1) % 64
      return { name: 'made', ratio: pool[k] ?? ratioOf(784, k) }
    })
  if (order === 'note') noting = true
  if (order === 'tell') process.send?.({ sentMs: sentMs.splice(0) })
})
const pool = Array.from({ length: 64 }, (_, i) => ratioOf(784, i))
process.on('disconnect', () => process.exit(0))
process.send?.({ port })
