import t from 'tap'
import type { TransferFile } from '../../src/models/transfer-file.js'
import { makeAxis, pixelAxis } from '../../src/spectrum/axis.js'
import { misfitOf } from '../../src/station/fits.js'
import { onSlot, tinyBundleOf } from '../support/slot-rig.js'
import { tinyAxis } from '../support/tiny-model.js'

const AGENT = '1.2.0'
const transferTo = (sha256: string): TransferFile => ({
  ...{ schema: 'transfer/1', bundle: { id: 'tiny', version: '1.0.0', sha256 }, fitted: null, conformal: null },
  instrument: { id: 'fake-fk1', quantity: 'transmittance', axis: { kind: 'wavelength', values: [...tinyAxis.values] } },
  standards: { data: 'made up', referenced: 5, spectra: 5, picked: 'none', figures: {} },
})
const present = (changes: Partial<{ id: string; family: string; axis: typeof tinyAxis }>) => ({
  connected: () => ({ id: 'fake-fk1', family: 'fake', axis: tinyAxis, ...changes }),
})

t.test('a bundle that was made for every instrument of the slot fits; so it does where there is none', async (t) => {
  const bundle = await tinyBundleOf({ families: ['fake', 'other'], minAgent: '1.2.0' })
  t.equal(misfitOf(bundle, [onSlot(), onSlot({ transfer: transferTo(bundle.sha256) })], AGENT), null)
  t.equal(misfitOf(bundle, [], AGENT), null)
})

t.test('an agent that is too old is refused, and told to update first', async (t) => {
  const bundle = await tinyBundleOf({ minAgent: '1.10.0' })
  t.match(misfitOf(bundle, [onSlot()], AGENT), {
    code: 'BUNDLE_UNFIT',
    where: 'this agent',
    seen: 'version 1.2.0',
    allowed: 'version 1.10.0 or later',
  })
})

t.test('one instrument that it was not made for is enough, and is named', async (t) => {
  const bundle = await tinyBundleOf({ families: ['fake'] })
  const short = makeAxis('wavelength', tinyAxis.values.slice(0, 8))
  const wrong = [
    [onSlot(present({ family: 'other' })), { where: 'fake-fk1', seen: /family other/, allowed: 'fake' }],
    [onSlot(present({ axis: short })), { where: 'fake-fk1', seen: /does not reach/ }],
    [onSlot(present({ axis: pixelAxis(12) })), { where: 'fake-fk1', seen: /measures pixel/ }],
    [onSlot({ quantity: 'reflectance' }), { where: 'tcp://127.0.0.1:4001', seen: /gives reflectance/, allowed: 'transmittance' }],
  ] as const
  for (const [instrument, words] of wrong) t.match(misfitOf(bundle, [onSlot(), instrument], AGENT), { code: 'BUNDLE_UNFIT', ...words })
})

t.test('of an instrument that is not connected only what its settings say is asked', async (t) => {
  const bundle = await tinyBundleOf({ families: ['other'] })
  const absent = { connected: () => null }
  t.equal(misfitOf(bundle, [onSlot(absent)], AGENT), null)
  t.match(misfitOf(bundle, [onSlot({ ...absent, quantity: 'counts-per-ms' })], AGENT), { code: 'BUNDLE_UNFIT', seen: /counts-per-ms/ })
})

t.test('a transfer that was made for another bundle would refuse every answer: the install is refused, with the cure', async (t) => {
  const bundle = await tinyBundleOf()
  t.match(misfitOf(bundle, [onSlot({ transfer: transferTo('0'.repeat(64)), connected: () => null })], AGENT), {
    code: 'BUNDLE_UNFIT',
    seen: 'a transfer made for tiny 1.0.0',
    cure: /make the transfer again/,
  })
})
