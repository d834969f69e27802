import t from 'tap'
import { onFakeBus } from '../rig/namespace.js'

onFakeBus(t, new URL('./usb-cases.ts', import.meta.url), 'the USB link on a fake bus')
