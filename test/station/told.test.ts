import t from 'tap'
import { told } from '../../src/station/told.js'

t.test('an alarm of drift is told in numbers and with what to do', async (t) => {
  const limits = [0.61, 2.0511] as const
  t.strictSame(told.drift('spectro-1', { what: 't2', raised: true, average: 2.34567, limits }), {
    kind: 'drift-raised',
    instrument: 'spectro-1',
    code: null,
    message: 'ln T2 of the known spectra averages 2.35, outside 0.610 to 2.05',
    data: { what: 't2', raised: true, average: 2.34567, limits },
  })
  t.match(told.drift('spectro-1', { what: 'q', raised: false, average: 1, limits }), {
    kind: 'drift-cleared',
    message: 'ln Q of the known spectra averages 1.00, again within 0.610 to 2.05',
  })
  const refused = told.drift('spectro-1', { what: 'refused', raised: true, average: 0.157, limits: [0, 0.15] })
  t.equal(refused.message, 'the gate refuses 16 % of the spectra: look at samples, lamp and references')
})

t.test('a shifted axis is told with its flag, how far and to which side', async (t) => {
  t.match(told.drift('spectro-1', { what: 'axis', raised: true, shiftChannels: -0.814, explained: 0.9 }), {
    kind: 'drift-raised',
    code: 'axis-shift',
    message: 'the bands stand 0.81 channels towards lower values: check the axis of the instrument, or transfer the model to it',
    data: { what: 'axis', shiftChannels: -0.814, explained: 0.9 },
  })
  t.match(told.drift('spectro-1', { what: 'axis', raised: false, shiftChannels: 0.1, explained: 0.2 }), {
    kind: 'drift-cleared',
    message: 'the bands stand 0.10 channels towards higher values: the axis is right again',
  })
})
