import type { Description } from './contract.js'

/** Where the rules belong: before 73-seat-late.rules, which acts on the tag `uaccess`. */
export const UDEV_FILE = '/etc/udev/rules.d/60-spectro2mqtt.rules'

/**
 * udev rules (udev(7)) for the USB ids and serial prefixes that are the families' own. Whoever sits at the machine (`uaccess`) and the
 * group plugdev may open a USB instrument; serial ports keep their own group. ModemManager, which would talk to a new serial port, is kept
 * away. Not on `remove` alone: on a Raspberry Pi what counts may be `bind`, and a trigger after installing says `change` (seabreeze #51, #78).
 */
export const udevRules = (descriptions: readonly Description[]): string =>
  [
    `# spectro2mqtt: who may open the instruments that it knows. Made by "spectro2mqtt devices --udev"; belongs into`,
    `# ${UDEV_FILE}. Then: sudo udevadm control --reload && sudo udevadm trigger`,
    'ACTION=="remove", GOTO="spectro2mqtt_end"',
    'SUBSYSTEM!="usb|tty", GOTO="spectro2mqtt_end"',
    ...descriptions.filter(({ match }) => match.length > 0).flatMap(rulesOf),
    '',
    'LABEL="spectro2mqtt_end"',
  ].join('\n')

const rulesOf = ({ title, links, match }: Description): readonly string[] => [
  '',
  `# ${title.replace(/\s+/g, ' ')}`,
  ...match.flatMap((ids) => [
    ...(links.includes('usb') ? [`SUBSYSTEM=="usb", ${matching('ATTR', ids)}, MODE="0660", GROUP="plugdev", TAG+="uaccess"`] : []),
    ...(links.includes('stream')
      ? [
          `SUBSYSTEM=="usb", ${matching('ATTR', ids)}, ENV{ID_MM_DEVICE_IGNORE}="1"`,
          `SUBSYSTEM=="tty", ${matching('ATTRS', ids)}, ENV{ID_MM_DEVICE_IGNORE}="1", TAG+="uaccess"`,
        ]
      : []),
  ]),
]

/** `ATTR` looks at the device itself, `ATTRS` at one of those that it hangs on. */
const matching = (attribute: 'ATTR' | 'ATTRS', { usbVendor, usbProduct, serialPrefix }: Description['match'][number]): string =>
  [
    `${attribute}{idVendor}=="${hex(usbVendor)}"`,
    `${attribute}{idProduct}=="${hex(usbProduct)}"`,
    ...(serialPrefix === undefined ? [] : [`${attribute}{serial}=="${serialPrefix}*"`]),
  ].join(', ')

const hex = (id: number): string => id.toString(16).padStart(4, '0')
