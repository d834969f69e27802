import t from 'tap'
import { udevRules } from '../../src/instruments/udev.js'
import { fakeDescription } from '../support/fake-instrument.js'
import { loadFamilies } from '../support/families.js'

const usb = { ...fakeDescription, id: 'u', title: 'Made-up USB', links: ['usb'] as const, match: [{ usbVendor: 0x12, usbProduct: 0xabcd }] }
const serial = {
  ...fakeDescription,
  id: 's',
  title: 'Made-up\nserial',
  links: ['stream'] as const,
  match: [{ usbVendor: 0x0403, usbProduct: 0x6015, serialPrefix: 'CH' }],
}

t.test('a USB instrument may be opened by the group and by whoever sits there, nobody else', async (t) => {
  const [line] = udevRules([usb]).match(/^SUBSYSTEM==.*$/gm) ?? []
  t.equal(line, 'SUBSYSTEM=="usb", ATTR{idVendor}=="0012", ATTR{idProduct}=="abcd", MODE="0660", GROUP="plugdev", TAG+="uaccess"')
})

t.test('a serial adapter counts by its serial prefix alone, keeps its group, and ModemManager leaves it alone', async (t) => {
  const lines = udevRules([serial]).match(/^SUBSYSTEM==.*$/gm) ?? []
  const ids = 'idVendor}=="0403", ATTRSX{idProduct}=="6015", ATTRSX{serial}=="CH*", ENV{ID_MM_DEVICE_IGNORE}="1"'
  t.strictSame(lines, [
    `SUBSYSTEM=="usb", ATTR{${ids.replaceAll('ATTRSX', 'ATTR')}`,
    `SUBSYSTEM=="tty", ATTRS{${ids.replaceAll('ATTRSX', 'ATTRS')}, TAG+="uaccess"`,
  ])
})

t.test('every line is a comment, empty, or one rule; a family without ids adds none', async (t) => {
  const text = udevRules([usb, serial, { ...fakeDescription, id: 'none', match: [] }])
  for (const line of text.split('\n')) t.match(line, /^(|#.*|(ACTION|SUBSYSTEM|LABEL)[!=]?="?.*)$/)
  t.match(text, /^# Made-up serial$/m, 'a title with a line break stays one comment')
  t.equal((text.match(/Made-up/g) ?? []).length, 2)
  t.match(text, /LABEL="spectro2mqtt_end"$/)
})

t.test('each id of each family in drivers/ has its rule', async (t) => {
  const descriptions = (await loadFamilies()).map(({ description }) => description)
  const text = udevRules(descriptions)
  for (const { match } of descriptions)
    for (const { usbProduct } of match) t.match(text, new RegExp(`idProduct}=="${usbProduct.toString(16).padStart(4, '0')}"`))
})
