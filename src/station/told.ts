import type { EventContent } from '../delivery/contract.js'
import { Failure } from '../failures.js'
import type { InstrumentEvent } from '../instruments/runtime.js'
import type { Bundle } from '../models/bundle.js'
import type { StreamNews } from '../models/stream.js'
import type { Flag } from '../spectrum/flags.js'
import type { Reference } from '../spectrum/reference.js'
import type { UpdateNews } from '../updates/updates-contract.js'

const driftNames = { t2: 'ln T2', q: 'ln Q' }
const driftInWords = (news: StreamNews): string => {
  if (news.what === 'axis') {
    const { shiftChannels } = news
    const place = `the bands stand ${Math.abs(shiftChannels).toFixed(2)} channels towards ${shiftChannels < 0 ? 'lower' : 'higher'} values`
    return news.raised ? `${place}: check the axis of the instrument, or transfer the model to it` : `${place}: the axis is right again`
  }
  const { what, average, limits, raised } = news
  if (what === 'refused')
    return `the gate refuses ${(100 * average).toFixed(0)} % of the spectra${raised ? ': look at samples, lamp and references' : ''}`
  const range = `${limits[0].toPrecision(3)} to ${limits[1].toPrecision(3)}`
  return `${driftNames[what]} of the known spectra averages ${average.toPrecision(3)}, ${raised ? 'outside' : 'again within'} ${range}`
}

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
  drift: (instrument: string, news: StreamNews): EventContent => ({
    kind: news.raised ? 'drift-raised' : 'drift-cleared',
    instrument,
    code: news.what === 'axis' ? 'axis-shift' : null,
    message: driftInWords(news),
    data: { ...news },
  }),
  watchBegunAnew: (instrument: string, news: StreamNews): EventContent => ({
    kind: 'drift-cleared',
    instrument,
    code: news.what === 'axis' ? 'axis-shift' : null,
    message: 'the model or the axis is another one: what was watched begins anew',
    data: { ...news, raised: false },
  }),
  engineFailed: (instrument: string, failure: Failure): EventContent => ({
    kind: 'model',
    instrument,
    code: 'engine-failed',
    message: failure.message,
    data: {},
  }),
  /** What was not as it should be when the agent started, and how it goes on. */
  mended: (failure: Failure): EventContent => ({ kind: 'model', instrument: null, code: failure.code, message: failure.message, data: {} }),
  update: ({ slot, failure, message, data }: UpdateNews): EventContent => ({
    kind: 'model',
    instrument: null,
    code: failure?.code ?? null,
    message,
    data: { slot, ...data },
  }),
  answers: (slot: string, { manifest: { id, version }, sha256 }: Bundle): EventContent => ({
    kind: 'model',
    instrument: null,
    code: null,
    message: `slot ${slot}: ${id} ${version} answers from the next spectrum on`,
    data: { slot, id, version, sha256 },
  }),
  /** @param change since the first reference under these settings: -0.3 is 30 % less. */
  levelDrift: ({ id, kind, instrument }: Reference, raised: boolean, change: number): EventContent => {
    const what = kind === 'white' ? 'lamp' : 'dark'
    const percent = `${Math.abs(100 * change).toFixed(0)} % ${change < 0 ? 'less' : 'more'} than at first`
    return {
      kind: raised ? 'drift-raised' : 'drift-cleared',
      instrument,
      code: null,
      message: raised
        ? `the ${what === 'lamp' ? 'lamp gives' : 'dark level is'} ${percent}: ${what === 'lamp' ? 'clean tile and optics, look at the lamp' : 'look for stray light and for the temperature of the detector'}`
        : `the ${what} level is back, ${percent}`,
      data: { what, raised, change, reference: id },
    }
  },
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
