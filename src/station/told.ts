import type { EventContent } from '../delivery/contract.js'
import { Failure } from '../failures.js'
import type { InstrumentEvent } from '../instruments/runtime.js'
import type { Flag } from '../spectrum/flags.js'
import type { Reference } from '../spectrum/reference.js'

/** The events of one instrument, in words. */
export const told = {
  calibrated: ({ id, kind, instrument, density, integrationUs, averages }: Reference): EventContent => ({
    kind: 'calibrated',
    instrument,
    code: null,
    message: `${kind} reference measured${kind === 'white' && density > 0 ? ` through a filter of optical density ${density}` : ''}`,
    data: { reference: id, kind, density, integrationUs, averages },
  }),
  gap: (instrument: string, from: number, to: number): EventContent => ({
    kind: 'gap',
    instrument,
    code: null,
    message: `seq ${from} to ${to} will never come: reserved before the last stop and not used`,
    data: { from, to },
  }),
  misfit: (instrument: string, flag: Flag, why: string): EventContent => ({ kind: 'model', instrument, code: flag, message: why, data: {} }),
  connected: (instrument: string, model: string): EventContent => ({
    kind: 'connected',
    instrument,
    code: null,
    message: `${model} is connected`,
    data: {},
  }),
  fault: (instrument: string | null, failure: Failure, retryInMs: number | null): EventContent => ({
    kind: 'fault',
    instrument,
    code: failure.code,
    message: failure.message,
    data: { retryInMs },
  }),
  /** Nothing is configured, and among the ports of the machine is none that tells by itself what hangs there. */
  noneFound: (ports: number): EventContent => ({
    kind: 'fault',
    instrument: null,
    code: 'NO_INSTRUMENT',
    message: new Failure('NO_INSTRUMENT', {
      where: 'instruments',
      seen:
        ports === 0 ? 'no serial port and no USB device on this machine' : `${ports} ports, none of them an instrument that is known by its USB ids`,
      cure: 'plug one in; name one behind a serial adapter or TCP under "instruments"; "spectro2mqtt doctor" tells more',
    }).message,
    data: { ports },
  }),
  /** null where there is nothing for a subscriber in it: a retry of one frame that may yet succeed. */
  instrument: (instrument: string | null, event: InstrumentEvent): EventContent | null => {
    if (event.kind === 'bad-frame') {
      const { cause, bytes } = event
      return {
        kind: 'bad-frame',
        instrument,
        code: 'BAD_FRAME',
        message: `a bad frame (${cause}), ${bytes} bytes thrown away`,
        data: { cause, bytes },
      }
    }
    if (event.kind === 'trigger-missed') {
      const { count } = event
      return {
        kind: 'trigger-missed',
        instrument,
        code: null,
        message: `${count} measurements were due while the last was not done`,
        data: { count },
      }
    }
    return null
  },
} as const
