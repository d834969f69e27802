import t from 'tap'
import { openFailure, transferFailure } from '../../src/links/usb-errors.js'

const error = (message: string) => new Error(message)

t.test('the messages of the library become failures of the link', async (t) => {
  for (const [message, code] of [
    ['transferIn error: endpoint stalled', 'BAD_FRAME'],
    ['Cancelled', 'DEADLINE'],
    ['transfer was cancelled', 'DEADLINE'],
    ['Disconnected', 'PORT_GONE'],
    ['transferOut error: endpoint not found', 'PORT_GONE'],
    ['transferIn error: invalid state', 'PORT_GONE'],
    ['hardware fault or protocol violation', 'PORT_FAILED'],
  ] as const)
    t.match(transferFailure(error(message), 'usb:1-1', true), { code, where: 'usb:1-1', cause: { message } }, message)
})

t.test('whatever fails on a device that is not attached any more means that it is gone', async (t) => {
  for (const message of ['endpoint stalled', 'Cancelled', 'hardware fault or protocol violation'])
    t.equal(transferFailure(error(message), 'usb:1-1', false).code, 'PORT_GONE', message)
  t.equal(openFailure(error('permission denied'), 'usb:1-1', '/dev/bus/usb/001/002', null, false).code, 'PORT_GONE')
})

t.test('a device that does not open says why and what to do', async (t) => {
  const failure = (message: string, driver: string | null) => openFailure(error(message), 'usb:1-1', '/dev/bus/usb/001/002', driver, true)
  t.match(failure('failed to open device: Permission denied', null), { code: 'PORT_DENIED', seen: /001\/002/, cure: /udevadm/ })
  t.match(failure('interface is busy', 'usbfs'), { code: 'PORT_BUSY', seen: /^interface is busy/, cure: /fuser -v \/dev\/bus\/usb\/001\/002/ })
  t.match(failure('interface is busy', 'ftdi_sio'), { code: 'PORT_BUSY', seen: /kernel driver ftdi_sio/ })
  t.match(failure('out of memory', null), { code: 'PORT_FAILED', seen: 'out of memory' })
})
