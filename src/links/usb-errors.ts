import { Failure } from '../failures.js'

/**
 * What the messages of the npm package `usb` 3.1 mean (it has no error codes). The real kernel sometimes says "endpoint not found"
 * after an unplug where "Disconnected" was due; a stall may be its first sign, so the caller looks whether the device is still there.
 */
export const transferFailure = (error: unknown, where: string, attached: boolean): Failure => {
  const seen = error instanceof Error ? error.message : String(error)
  if (!attached || /disconnected|endpoint not found|invalid state|no such device/i.test(seen)) return unplugged(where, seen, error)
  if (/cancelled/i.test(seen)) return new Failure('DEADLINE', { where, seen: 'nothing within the time allowed', cause: error })
  if (/stall/i.test(seen)) return new Failure('BAD_FRAME', { where, seen: 'endpoint stalled', cause: error })
  return new Failure('PORT_FAILED', { where, seen, cause: error })
}

export const unplugged = (where: string, seen = 'unplugged', cause?: unknown): Failure => new Failure('PORT_GONE', { where, seen, cause })

/** Why a device that is listed does not open. `node` is its file, `driver` the kernel's own driver for it. */
export const openFailure = (error: unknown, where: string, node: string, driver: string | null, attached: boolean): Failure => {
  const seen = error instanceof Error ? error.message : String(error)
  if (!attached) return unplugged(where, seen, error)
  if (/permission denied/i.test(seen))
    return new Failure('PORT_DENIED', {
      where,
      seen: `${seen} (${node})`,
      cure: 'spectro2mqtt devices --udev | sudo tee /etc/udev/rules.d/60-spectro2mqtt.rules; then sudo udevadm control --reload && sudo udevadm trigger',
      cause: error,
    })
  if (/busy/i.test(seen))
    return new Failure('PORT_BUSY', {
      where,
      seen: driver === null || driver === 'usbfs' ? seen : `the kernel driver ${driver} has it`,
      cure: `"sudo fuser -v ${node}" names the process that holds it`,
      cause: error,
    })
  return new Failure('PORT_FAILED', { where, seen, cause: error })
}
