import t from 'tap'
import { onFakeBus } from '../rig/namespace.js'

onFakeBus(t, new URL('./usb-cases.ts', import.meta.url), 'Ocean Optics instruments on a fake USB bus')
