import t from 'tap'
import { chooseAxis } from '../../src/instruments/axis-choice.js'
import { makeAxis } from '../../src/spectrum/axis.js'

const device = { axis: makeAxis('wavelength', [500, 501, 502]), where: 'usb:1-1' }
const file = { axis: makeAxis('wavelength', [600, 601, 602]), where: 'axis.csv' }

t.test('the device knows best, then the file, then there are only pixels and a flag', async (t) => {
  t.strictSame(chooseAxis(device, file, 3), { axis: device.axis, flags: [] })
  t.strictSame(chooseAxis(null, file, 3), { axis: file.axis, flags: [] })
  const { axis, flags } = chooseAxis(null, null, 3)
  t.equal(axis.kind, 'pixel')
  t.strictSame([...axis.values], [0, 1, 2])
  t.strictSame(flags, ['uncalibrated'])
})

t.test('an axis of another length than the pixels is a fault that names both numbers', async (t) => {
  t.throws(() => chooseAxis(null, file, 392), { code: 'AXIS_INVALID', where: 'axis.csv', seen: '3 values for 392 pixels' })
  t.throws(() => chooseAxis(device, file, 2), { code: 'AXIS_INVALID', where: 'usb:1-1', seen: '3 values for 2 pixels' })
})
