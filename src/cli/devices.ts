import { existsSync } from 'node:fs'
import { Command } from 'commander'
import { createFamilies } from '../instruments/families.js'
import { udevRules } from '../instruments/udev.js'
import { listPorts } from '../links/open.js'
import { type AttachedPort, examine, inWords, linuxNode } from './attached-ports.js'
import { type FamilyRow, familyRow, familyTable } from './family-table.js'

/** Where Linux shows USB devices; missing in most containers. */
const USB_DEVICES = '/sys/bus/usb/devices'

/** `devices`: what is attached, whether it can be used, and what is known. Opens nothing. */
export const command = (): Command =>
  new Command('devices')
    .option('--udev', 'print udev rules that let users open the known instruments')
    .option('--json', 'one JSON document on standard output')
    .addHelpText(
      'after',
      '\nNothing is opened: it may be asked while the agent runs. For example:\n  spectro2mqtt devices\n  spectro2mqtt devices --udev | sudo tee /etc/udev/rules.d/60-spectro2mqtt.rules',
    )
    .action(async ({ udev, json }: { udev?: boolean; json?: boolean }) => {
      const { families, broken } = createFamilies()
      const descriptions = (await families()).map(({ description }) => description)
      if (udev) return print(json ? JSON.stringify({ rules: udevRules(descriptions) }, null, 2) : udevRules(descriptions))
      const seen: Seen = {
        hasUsb: existsSync(USB_DEVICES),
        ports: await examine(await listPorts(), descriptions, linuxNode),
        families: descriptions.map(familyRow),
        broken: (await broken()).map(({ code, message }) => ({ code, message })),
      }
      print(json ? JSON.stringify({ ...seen, ports: seen.ports.map(portRow) }, null, 2) : report(seen))
    })

export interface Seen {
  readonly hasUsb: boolean
  readonly ports: readonly AttachedPort[]
  readonly families: readonly FamilyRow[]
  readonly broken: readonly { readonly code: string; readonly message: string }[]
}

/** One port as `--json` tells it: every key always there. */
const portRow = ({ port, recognised, access }: AttachedPort) => ({
  url: port.url,
  kind: port.kind,
  usbVendor: port.usbVendor === undefined ? null : hex(port.usbVendor),
  usbProduct: port.usbProduct === undefined ? null : hex(port.usbProduct),
  serialNumber: port.serialNumber ?? null,
  is: recognised.as,
  family: recognised.as === 'own' ? recognised.family : null,
  possibleFamilies: recognised.as === 'adapter' ? recognised.families : [],
  access: access?.at ?? null,
  node: access?.node ?? null,
  cure: access?.cure ?? null,
})

/** What was found, and then what is known, for people. */
export const report = (seen: Seen): string =>
  [
    ...(seen.ports.length === 0 ? nothing(seen.hasUsb) : ['Ports:', ...seen.ports.flatMap(portLines)]),
    ...(seen.ports.length > 0 && seen.ports.every(({ recognised }) => recognised.as === 'stranger') ? ['None of these is a known instrument.'] : []),
    '',
    'Families:',
    ...familyTable(seen.families),
    ...seen.broken.map(({ message }) => `  cannot be used: ${message}`),
  ].join('\n')

const portLines = (attached: AttachedPort): readonly string[] => {
  const { usbVendor, usbProduct, serialNumber, url } = attached.port
  const ids = usbVendor === undefined || usbProduct === undefined ? '' : `${hex(usbVendor)}:${hex(usbProduct)}`
  const named = [url.padEnd(24), ids.padEnd(9), (serialNumber ?? '').padEnd(14)].join(' ')
  return [`  ${named} ${inWords(attached)}`, ...(attached.access?.cure ? [`    what to do: ${attached.access.cure}`] : [])]
}

const nothing = (hasUsb: boolean): readonly string[] => [
  'No serial port and no USB device was found on this machine.',
  ...(hasUsb
    ? ['  Plug the instrument in and switch it on.']
    : [`  The system shows no USB at all (${USB_DEVICES} is missing). A container must be given the device: docker run --device /dev/ttyUSB0 ...`]),
  '  An instrument behind a network box needs no port here: link: "tcp://HOST:PORT" in the configuration.',
  '  Without an instrument: spectro2mqtt simulate chromation',
]

const hex = (id: number): string => id.toString(16).padStart(4, '0')

const print = (text: string): void => {
  process.stdout.write(`${text}\n`)
}
